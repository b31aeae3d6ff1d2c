import { type ShadowingRule, shadowingRules } from '../engine/shadowing'
import { jumpsTo, managedRules } from '../ruleset/ownership'
import { isPassingTarget, parseRule } from '../ruleset/rule'
import type { Ruleset, Wanted } from '../ruleset/ruleset'

/**
 * The foreign rules in PREROUTING and OUTPUT that keep traffic from the managed rules behind them.
 *
 * Without a foreign rule in front that may take something, as in most tables, the engine is not even loaded.
 */
export function findShadowingRules(live: Ruleset, wanted: Wanted): ShadowingRule[] {
  return (['PREROUTING', 'OUTPUT'] as const).flatMap((hook) => {
    const specs = live.get(hook) ?? []
    const managed = managedRules(live, wanted, hook)
    const last = specs.findLastIndex((spec, at) => managed.has(at) && jumpsTo(spec))
    const seen = new Set<string>()
    const inFront = specs.slice(0, Math.max(0, last)).filter((_, at) => !managed.has(at))
    if (!inFront.some((spec) => mayTake(live, spec, { isInHook: true, seen }))) return []
    return shadowingRules(live, wanted, { hook, managed, last })
  })
}

/** Whether a rule, or one that it jumps to, does more than count, log or mark. `seen` are the chains that were looked at. */
function mayTake(live: Ruleset, spec: string, { isInHook, seen }: { isInHook: boolean; seen: Set<string> }): boolean {
  const { target, isGoto } = parseRule(spec)
  if (target === 'RETURN') return isInHook
  // Behind a goto the built-in chain ends.
  if (isGoto) return true
  const rules = live.get(target)
  if (!rules) return !isPassingTarget(target)
  if (seen.has(target)) return false
  seen.add(target)
  return rules.some((each) => mayTake(live, each, { isInHook: false, seen }))
}
