import type { Analysis, Analyzed } from './analyze'
import type { ReadRule } from './compile'
import type { Diagram } from './diagrams'

/** A rule by its chain and its position from 0. */
export interface Place {
  chain: string
  at: number
}

/** The rules of the chains that a hook reaches which no connection matches: earlier ones leave nothing for them. */
export function neverMatching(analysis: Analysis, which: number): Place[] {
  const { logic } = analysis
  const { compiler } = analysis.rulesets[which] as Analyzed
  const found: Place[] = []
  const arriving = new Map<string, Diagram>([[analysis.hook, logic.all]])
  const arrive = (chain: string, set: Diagram) => arriving.set(chain, logic.or(arriving.get(chain) ?? logic.none, set))

  function descend(chain: string, rules: ReadRule[], from: number, to: number, set: Diagram) {
    if (from === to) return
    if (to - from > 1 && set !== logic.none) {
      const middle = (from + to) >> 1
      descend(chain, rules, from, middle, set)
      const passing = logic.passing(compiler.between(chain, rules, from, middle))
      return descend(chain, rules, middle, to, logic.and(set, passing))
    }
    for (let at = from; at < to; at++) {
      const read = rules[at] as ReadRule
      const matched = logic.and(set, compiler.matched(read).set)
      if (matched === logic.none) found.push({ chain, at })
      else if (compiler.ruleset.has(read.rule.target)) arrive(read.rule.target, matched)
    }
  }

  for (const chain of callersFirst(analysis.hook, compiler.chains)) {
    const rules = compiler.chains.get(chain) ?? []
    descend(chain, rules, 0, rules.length, arriving.get(chain) ?? logic.none)
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
    for (const { rule } of chains.get(chain) ?? []) if (chains.has(rule.target)) visit(rule.target)
    order.unshift(chain)
  }
  visit(hook)
  return order
}
