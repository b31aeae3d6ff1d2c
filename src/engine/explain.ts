import type { Family } from '../ruleset/families'
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
export function explain(ruleset: Ruleset, family: Family): Explanation {
  // One hook after the other, so that the diagrams of one are gone before those of the next are made.
  const [inbound, outbound] = HOOKS.map((hook) =>
    withinBudget(() => {
      const analysis = analyze([ruleset], hook, family)
      // In this order: a policy may take all that is left of the budget.
      const reached = withinBudget(() => reachedIn(analysis))
      return { reached, policy: withinBudget(() => policyOf(analysis, 0)) }
    }),
  )
  const reached = [inbound, outbound].flatMap((each) => each?.reached ?? [])
  return {
    in: inbound?.policy,
    out: outbound?.policy,
    neverMatching: reached.length < HOOKS.length ? undefined : deadIn(ruleset, reached),
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

/** The chains that a hook reaches, and the rules in them that never match there, by chain and position. */
interface Reached {
  chains: Set<string>
  dead: Map<string, Place>
}

function reachedIn(analysis: Analysis): Reached {
  const places = neverMatching(analysis, 0)
  return {
    chains: new Set((analysis.rulesets[0] as Analyzed).compiler.chains.keys()),
    dead: new Map(places.map((place) => [`${place.chain} ${place.at}`, place])),
  }
}

/** A rule is dead when it is at every hook that reaches it. */
function deadIn(ruleset: Ruleset, hooks: Reached[]): Place[] {
  const places = new Map(hooks.flatMap(({ dead }) => [...dead]))
  return [...places]
    .filter(([key, { chain }]) => hooks.every(({ chains, dead }) => dead.has(key) || !chains.has(chain)))
    .map(([, place]) => place)
    .filter((place) => isForTcp(ruleset, place))
}

function isForTcp(ruleset: Ruleset, { chain, at }: Place): boolean {
  const matches = ruleset.get(chain)?.[at]?.matches ?? []
  return matches.every(
    ({ option, values: [protocol = ''], negated }) => option !== '-p' || /^(tcp|6|all)$/.test(protocol) !== negated,
  )
}
