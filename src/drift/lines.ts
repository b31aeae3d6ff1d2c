import type { ShadowingRule } from '../engine/shadowing'
import { at, isManagedChain, MANAGED_CHAINS, managedRules } from '../ruleset/ownership'
import { byChain, type Ruleset, type Wanted } from '../ruleset/ruleset'

/** The wanted rules as lines to compare: built-in chains first, then managed ones, each declared. */
export function wantedLines(wanted: Wanted): string[] {
  return linesOf(byChain(wanted), new Set(wanted.chains))
}

/** The managed rules of a table as lines to compare, and the foreign rules that shadow them, where they are. */
export function liveLines(live: Ruleset, wanted: Wanted, inFront: ShadowingRule[]): string[] {
  const rules: Ruleset = new Map()
  for (const [chain, all] of live) {
    const shown = managedRules(live, wanted, chain)
    for (const each of inFront) if (each.rule.chain === chain) shown.add(each.at)
    rules.set(chain, isManagedChain(chain) ? all : at(all, shown))
  }
  return linesOf(rules, new Set(live.keys()))
}

function linesOf(rules: Ruleset, declared: Set<string>): string[] {
  const hooks = [...rules.keys()].filter((chain) => !isManagedChain(chain)).sort()
  return [...hooks, ...MANAGED_CHAINS.filter((chain) => declared.has(chain))].flatMap((chain) => [
    ...(isManagedChain(chain) ? [`-N ${chain}`] : []),
    ...(rules.get(chain) ?? []).map(({ canonical }) => `-A ${chain} ${canonical}`),
  ])
}
