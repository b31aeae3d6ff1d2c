import { parseRule } from '../ruleset/rule'
import type { Ruleset } from '../ruleset/ruleset'
import { type Analysis, type Analyzed, analyze } from './analyze'
import { HOOKS } from './conditions'
import { TooComplex } from './diagrams'
import { type Policy, policyOf } from './policy'
import { neverMatching, type Place } from './reach'

/** What a ruleset does to all connections. */
export interface Explanation {
  /** Undefined where there are too many statements to read. */
  in: Policy | undefined
  out: Policy | undefined
  /**
   * The rules that no TCP connection matches, though they are for TCP: earlier ones leave nothing for them. Undefined where that would
   * take too long to find out.
   */
  neverMatching: Place[] | undefined
}

/** What a ruleset does, in few sentences, and which of its rules do nothing. */
export function explain(ruleset: Ruleset, family: 'ipv4' | 'ipv6'): Explanation {
  const [inbound, outbound] = HOOKS.map((hook) => withinBudget(() => analyze([ruleset], hook, family)))
  const analyses = [inbound, outbound].filter((each) => each !== undefined)
  return {
    in: inbound && policyOf(inbound, 0),
    out: outbound && policyOf(outbound, 0),
    neverMatching: analyses.length < 2 ? undefined : withinBudget(() => deadIn(ruleset, analyses)),
  }
}

/** What is worked out, or undefined when it takes more than the budget. */
function withinBudget<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof TooComplex) return undefined
    throw error
  }
}

/** A rule is dead when it is at every hook that reaches it. */
function deadIn(ruleset: Ruleset, analyses: Analysis[]): Place[] {
  const dead = new Map<string, { place: Place; hooks: number }>()
  for (const analysis of analyses)
    for (const place of neverMatching(analysis, 0)) {
      const key = `${place.chain} ${place.at}`
      dead.set(key, { place, hooks: (dead.get(key)?.hooks ?? 0) + 1 })
    }
  const reaching = (chain: string) =>
    analyses.filter(({ rulesets }) => (rulesets[0] as Analyzed).compiler.chains.has(chain)).length
  return [...dead.values()]
    .filter(({ place, hooks }) => hooks === reaching(place.chain) && isForTcp(ruleset, place))
    .map(({ place }) => place)
}

function isForTcp(ruleset: Ruleset, { chain, at }: Place): boolean {
  const { matches } = parseRule(ruleset.get(chain)?.[at] ?? '')
  return matches.every(
    ({ option, values: [protocol = ''], negated }) => option !== '-p' || /^(tcp|6|all)$/.test(protocol) !== negated,
  )
}
