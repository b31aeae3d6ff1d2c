import type { Ruleset } from '../ruleset/ruleset'
import type { Connection } from './connection'
import { parseRule } from './rule'
import type { Verdict } from './walk'

/** The uid of the proxy, as the rule says that leaves its connections over loopback alone; undefined without that rule. */
export function proxyUid(ruleset: Ruleset): number | undefined {
  const rules = ['OUTPUT', 'APISIX_OUTPUT'].flatMap((chain) => ruleset.get(chain) ?? []).map(parseRule)
  for (const { conditions, target } of rules) {
    const [uid] = conditions.find(({ option, negated }) => option === '--uid-owner' && !negated)?.values ?? []
    const isOverLoopback = conditions.some(
      ({ option, values, negated }) => option === '-o' && values[0] === 'lo' && !negated,
    )
    if (target === 'RETURN' && isOverLoopback && /^\d+$/.test(uid ?? '')) return Number(uid)
  }
  return undefined
}

/** An interception of what the proxy itself sends out is a loop. */
export function asLoop(verdict: Verdict, { way, uid }: Connection, ruleset: Ruleset): Verdict {
  if (verdict.verdict !== 'intercepted' || way === 'in' || uid === undefined) return verdict
  return uid === proxyUid(ruleset) ? { ...verdict, verdict: 'loop' } : verdict
}
