import type { Analysis, Analyzed } from './analyze'
import type { ReadRule } from './compile'
import type { Diagram } from './diagrams'

/** A rule by its chain and its position from 0. */
export interface Place {
  chain: string
  at: number
}

/** Rules of a chain, from one on: the connections that some of them matches, and those that all of them let pass, at least perhaps. */
interface Part {
  from: number
  matched: Diagram
  passing: Diagram
  halves: [Part, Part] | undefined
}

/** The rules of the chains that a hook reaches which no connection matches: earlier ones leave nothing for them. */
export function neverMatching(analysis: Analysis, which: number): Place[] {
  const { logic } = analysis
  const { compiler } = analysis.rulesets[which] as Analyzed
  const found: Place[] = []
  /** The connections that arrive at each chain, by each rule that jumps to it. */
  const arriving = new Map<string, Diagram[]>([[analysis.hook, [logic.all]]])

  function partOf(rules: ReadRule[], from = 0, to = rules.length): Part {
    if (to - from === 1) {
      const rule = rules[from] as ReadRule
      return {
        from,
        matched: compiler.matched(rule),
        passing: logic.passing(compiler.effectOf(rule)),
        halves: undefined,
      }
    }
    const middle = (from + to) >> 1
    const [one, other] = [partOf(rules, from, middle), partOf(rules, middle, to)]
    const matched = logic.or(one.matched, other.matched)
    return { from, matched, passing: logic.and(one.passing, other.passing), halves: [one, other] }
  }

  function descend(chain: string, rules: ReadRule[], { from, matched, halves }: Part, arrived: Diagram) {
    // No more than what these rules match: what arrives is wide.
    const set = logic.and(arrived, matched)
    if (halves) {
      const [one, other] = halves
      descend(chain, rules, one, set)
      return descend(chain, rules, other, logic.and(set, one.passing))
    }
    const { target } = rules[from] as ReadRule
    if (set === logic.none) found.push({ chain, at: from })
    else if (typeof target === 'object' && 'chain' in target) {
      const sets = arriving.get(target.chain)
      if (sets) sets.push(set)
      else arriving.set(target.chain, [set])
    }
  }

  for (const chain of callersFirst(analysis.hook, compiler.chains)) {
    const rules = compiler.chains.get(chain) ?? []
    if (rules.length > 0) descend(chain, rules, partOf(rules), logic.anyOf(arriving.get(chain) ?? []))
  }
  return found
}

/** The chains in an order in which each comes after all that jump to it. */
function callersFirst(hook: string, chains: Map<string, ReadRule[]>): string[] {
  const order: string[] = []
  const seen = new Set<string>()
  const visit = (chain: string) => {
    if (seen.has(chain)) return
    seen.add(chain)
    for (const { target } of chains.get(chain) ?? [])
      if (typeof target === 'object' && 'chain' in target && chains.has(target.chain)) visit(target.chain)
    order.push(chain)
  }
  visit(hook)
  return order.reverse()
}
