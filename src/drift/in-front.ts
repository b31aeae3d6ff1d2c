import { type ShadowingRule, shadowingRules } from '../engine/shadowing'
import type { Family } from '../ruleset/families'
import { jumpsTo, managedRules } from '../ruleset/ownership'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { isPassing } from '../ruleset/targets'

/**
 * The foreign rules in PREROUTING and OUTPUT that keep traffic from the managed rules behind them.
 *
 * Without a foreign rule in front that may take something, as in most tables, the engine is not even loaded.
 */
export function findShadowingRules(live: Ruleset, wanted: Wanted, family: Family): ShadowingRule[] {
  return (['PREROUTING', 'OUTPUT'] as const).flatMap((hook) => {
    const rules = live.get(hook) ?? []
    const managed = managedRules(live, wanted, hook)
    const last = rules.findLastIndex((rule, at) => managed.has(at) && jumpsTo(rule))
    const seen = new Set<string>()
    const inFront = rules.slice(0, Math.max(0, last)).filter((_, at) => !managed.has(at))
    if (inFront.every((rule) => isPassing(rule, live, seen))) return []
    return shadowingRules(live, wanted, family, { hook, managed, last })
  })
}
