import type { Rule } from './rule'
import type { Ruleset } from './ruleset'

/** Targets after which the trace goes on at the next rule; a rule without a target only counts. */
const PASSING = /^(?:|LOG|NFLOG|ULOG|MARK|CONNMARK|CONNSECMARK|SECMARK|TRACE|AUDIT|SET|LED)$/

export function isPassingTarget(target: string): boolean {
  return PASSING.test(target)
}

/** Deeper than any kernel allows. */
const MAX_DEPTH = 500

/** Whether it makes no difference to a connection if a rule matches: it, and what it jumps to, only counts, logs or marks. */
export function isPassing({ target, isGoto }: Rule, ruleset: Ruleset, seen = new Set<string>()): boolean {
  if (isPassingTarget(target)) return true
  const rules = ruleset.get(target)
  if (!rules || isGoto || seen.size > MAX_DEPTH) return false
  // A chain that was looked at before decided nothing, or the search would have ended there.
  if (seen.has(target)) return true
  seen.add(target)
  return rules.every((rule) => rule.target === 'RETURN' || isPassing(rule, ruleset, seen))
}

/** Where a target that rewrites the destination sends a connection; undefined for any other. */
export function destinationOf({ target, options }: Pick<Rule, 'target' | 'options'>): string | undefined {
  if (target !== 'DNAT' && target !== 'NETMAP') return undefined
  return options.get('--to-destination') ?? options.get('--to')
}
