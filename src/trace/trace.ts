import { isManagedChain } from '../ruleset/ownership'
import type { Rule } from '../ruleset/rule'
import type { Ruleset } from '../ruleset/ruleset'
import { destinationOf, isPassing, isPassingTarget } from '../ruleset/targets'
import type { Connection } from './connection'
import { evaluateMatch } from './matchers'

/** One rule that a connection meets. */
export interface Step {
  chain: string
  /** From 1, as `iptables -L --line-numbers` counts. */
  number: number
  spec: string
  /** How many chains were jumped through to get here. */
  depth: number
  /** undefined when it cannot be told. */
  matched: boolean | undefined
  /** What decided: the first condition that does not hold, or those that hold. */
  why: string
}

/** What happens to a connection in the nat table. */
export type Verdict =
  /** A REDIRECT in managed chains: the proxy gets it. `loop` when it is the proxy's own, which then comes back to it. */
  | { verdict: 'intercepted' | 'loop'; port: number }
  /** A foreign rule sends it somewhere: an address, or `:PORT` of this machine. */
  | { verdict: 'elsewhere'; to: string }
  | { verdict: 'untouched' }
  /** A match or target that is not known here, or something about the connection that was not said. */
  | { verdict: 'unknown'; why: string }

export interface Trace {
  steps: Step[]
  verdict: Verdict
}

/** More rules than a connection can sensibly meet, and a deeper stack of chains than any kernel allows. */
const MAX_STEPS = 200_000
const MAX_DEPTH = 500

/** The rules that a connection meets, in the order of the kernel, up to the one that decides. */
export function trace(ruleset: Ruleset, connection: Connection): Trace {
  const steps: Step[] = []
  const verdict = traceChain(connection.way === 'in' ? 'PREROUTING' : 'OUTPUT', [])
  const unseen = ruleset.unseen?.[connection.way]
  if (unseen) return { steps, verdict: { verdict: 'unknown', why: unseen } }
  return { steps, verdict: verdict === 'return' ? { verdict: 'untouched' } : verdict }

  function traceChain(chain: string, above: string[]): Verdict | 'return' {
    for (const [at, rule] of (ruleset.get(chain) ?? []).entries()) {
      if (steps.length >= MAX_STEPS || above.length > MAX_DEPTH)
        return { verdict: 'unknown', why: 'the chains jump to each other too often or too deep' }
      const { matched, why } = evaluateRule(rule, connection)
      const step = { chain, number: at + 1, spec: rule.text, depth: above.length, matched, why }
      steps.push(step)
      if (matched === false) continue
      if (matched === undefined) {
        if (isPassing(rule, ruleset)) continue
        return { verdict: 'unknown', why: `rule ${step.number} of ${chain}: ${why}` }
      }
      const verdict = followed(rule, [...above, chain])
      if (verdict === 'unknown')
        return {
          verdict: 'unknown',
          why: `rule ${step.number} of ${chain}: what the target ${rule.target} does is not known here`,
        }
      if (verdict) return verdict
    }
    return 'return'
  }

  /** Where the target of a rule that matched leads; nothing when the trace goes on at the next rule. */
  function followed(rule: Rule, above: string[]): Verdict | 'return' | 'unknown' | undefined {
    const { chain, target, isGoto, options } = rule
    if (above.includes(target)) return { verdict: 'unknown', why: `${target} jumps back to itself` }
    if (ruleset.has(target)) {
      const verdict = traceChain(target, above)
      return verdict === 'return' && !isGoto ? undefined : verdict
    }
    if (isPassingTarget(target)) return undefined
    if (target === 'RETURN') return 'return'
    if (target === 'ACCEPT') return { verdict: 'untouched' }
    if (target === 'REDIRECT') return redirected(chain, options.get('--to-ports') ?? String(connection.to.port))
    const to = destinationOf(rule)
    return to === undefined ? 'unknown' : { verdict: 'elsewhere', to }
  }

  function redirected(chain: string, ports: string): Verdict {
    if (!isManagedChain(chain)) return { verdict: 'elsewhere', to: `:${ports}` }
    if (!/^\d+$/.test(ports))
      return { verdict: 'unknown', why: `which of the ports ${ports} it gets is not known here` }
    return { verdict: 'intercepted', port: Number(ports) }
  }
}

/** A rule matches when all of its matches hold, and does not when one of them does not, whatever the others are. */
export function evaluateRule({ matches }: Rule, connection: Connection): Pick<Step, 'matched' | 'why'> {
  const whys: string[] = []
  let doubt: string | undefined
  for (const condition of matches) {
    const { holds, why } = evaluateMatch(condition, connection)
    if (holds === false) return { matched: false, why }
    if (holds === undefined) doubt ??= why
    else if (why !== '' && condition.option !== '-p') whys.push(why)
  }
  return doubt === undefined ? { matched: true, why: whys.join(', ') } : { matched: undefined, why: doubt }
}

/** The uids of the documented rule that excludes the proxy's connections by lo, or of the rule that redirects them. */
function uidsByLo(ruleset: Ruleset, isMeant: (target: string) => boolean): Set<number | undefined> {
  const rules = ['OUTPUT', 'APISIX_OUTPUT'].flatMap((chain) => ruleset.get(chain) ?? [])
  return new Set(rules.filter(({ target }) => isMeant(target)).map(uidByLo))
}

const LOOPBACK = /^(127\.0\.0\.1\/32|::1\/128)$/

/** The uid of a rule that asks for a user's connections by lo, but to loopback, and for no more. */
function uidByLo({ matches }: Rule): number | undefined {
  const asked = matches.filter(({ match, option }) => option !== '-m' && option !== '-p' && match !== 'comment')
  const [to, out, owner] = ['-d', '-o', '--uid-owner'].map((option) => asked.find((each) => each.option === option))
  if (asked.length !== 3 || !to?.negated || !LOOPBACK.test(to.values[0] ?? '')) return undefined
  if (out?.negated || out?.values[0] !== 'lo' || owner?.negated || !/^\d+$/.test(owner?.values[0] ?? ''))
    return undefined
  return Number(owner?.values[0])
}

/** An interception of what the proxy itself sends out is a loop, but for calls to itself that are redirected as they should be. */
export function asLoop(verdict: Verdict, { way, to, uid, interface: name }: Connection, ruleset: Ruleset): Verdict {
  if (verdict.verdict !== 'intercepted' || way === 'in' || uid === undefined) return verdict
  const isToItself = name === 'lo' && to.address !== '127.0.0.1' && to.address !== '::1'
  if (isToItself && uidsByLo(ruleset, isManagedChain).has(uid)) return verdict
  return uidsByLo(ruleset, (target) => target === 'RETURN').has(uid) ? { ...verdict, verdict: 'loop' } : verdict
}
