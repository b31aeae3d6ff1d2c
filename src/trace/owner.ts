import { type ParsedRule, parseRule } from '../ruleset/rule'
import type { Ruleset } from '../ruleset/ruleset'
import type { Connection } from './connection'
import type { Verdict } from './trace'

/** The uid of the proxy, by the rule of exactly the documented form that leaves it alone; undefined without that rule. */
function proxyUid(ruleset: Ruleset): number | undefined {
  const specs = ['OUTPUT', 'APISIX_OUTPUT'].flatMap((chain) => ruleset.get(chain) ?? [])
  return specs
    .map(parseRule)
    .map(uidOf)
    .find((uid) => uid !== undefined)
}

const LOOPBACK = /^(127\.0\.0\.1\/32|::1\/128)$/

function uidOf({ matches, target }: ParsedRule): number | undefined {
  const asked = matches.filter(({ match, option }) => option !== '-m' && match !== 'comment')
  const [to, out, owner] = ['-d', '-o', '--uid-owner'].map((option) => asked.find((each) => each.option === option))
  if (target !== 'RETURN' || asked.length !== 3 || !to?.negated || !LOOPBACK.test(to.values[0] ?? '')) return undefined
  if (out?.negated || out?.values[0] !== 'lo' || owner?.negated || !/^\d+$/.test(owner?.values[0] ?? ''))
    return undefined
  return Number(owner?.values[0])
}

/** An interception of what the proxy itself sends out is a loop. */
export function asLoop(verdict: Verdict, { way, uid }: Connection, ruleset: Ruleset): Verdict {
  if (verdict.verdict !== 'intercepted' || way === 'in' || uid === undefined) return verdict
  return uid === proxyUid(ruleset) ? { ...verdict, verdict: 'loop' } : verdict
}
