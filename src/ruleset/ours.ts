import { canonical } from './canonical'
import type { Ruleset } from './ruleset'
import { words } from './words'

/** Our chains, by exact name, in the order in which they are declared: a chain comes before those that jump to it. */
export const OUR_CHAINS = ['APISIX_REDIRECT', 'APISIX_INBOUND_REDIRECT', 'APISIX_INBOUND', 'APISIX_OUTPUT'] as const

const OWNER_UID = /^! -d 127\.0\.0\.1\/32 -o lo -m owner --uid-owner \d+ -j RETURN$/
const OWNER_GID = /^-m owner --gid-owner \d+ -j RETURN$/
const PORT_RETURN = /^-p tcp -m tcp --dport \d+(:\d+)? -j RETURN$/

export function isOurChain(chain: string): boolean {
  return OUR_CHAINS.some((ours) => ours === chain)
}

/** Which of our chains the rule jumps (`-j`) or goes (`-g`) to; a comment that quotes such a jump does not count. */
export function jumpsTo(spec: string): string | undefined {
  if (!spec.includes('APISIX_')) return undefined
  const all = words(spec)
  return all.find(({ value }, at) => at > 0 && /^-[jg]$/.test(all[at - 1]?.text ?? '') && isOurChain(value))?.value
}

/**
 * The positions (from 0) of our rules in a chain that is not ours.
 *
 * Every jump to one of our chains; and in OUTPUT, when a chain of ours exists, the documented owner pair and the port
 * RETURNs between it and our last jump.
 */
export function ourRules(live: Ruleset, chain: string): number[] {
  const specs = live.get(chain) ?? []
  const jumps = specs.flatMap((spec, at) => (jumpsTo(spec) ? [at] : []))
  if (chain !== 'OUTPUT' || ![...live.keys()].some(isOurChain)) return jumps

  const returns = specs.map((spec) => (spec.endsWith('-j RETURN') ? canonical(spec) : ''))
  const uids = returns.flatMap((spec, at) => (OWNER_UID.test(spec) ? [at] : []))
  const gids = uids.map((uid) => returns.findIndex((spec, at) => at > uid && OWNER_GID.test(spec)))
  const first = gids.find((gid) => gid >= 0) ?? specs.length
  const last = jumps.at(-1) ?? -1
  const ports = returns.flatMap((spec, at) => (at > first && at < last && PORT_RETURN.test(spec) ? [at] : []))
  return [...new Set([...jumps, ...uids, ...gids.filter((gid) => gid >= 0), ...ports])].sort((a, b) => a - b)
}

/** Rules that look like ours, and chains named like ours, that are left alone: what a report shows to the reader. */
export function lookAlikes(live: Ruleset): string[] {
  const chains = [...live.keys()].filter((chain) => chain.startsWith('APISIX_') && !isOurChain(chain))
  const own = new Set(ourRules(live, 'OUTPUT'))
  const rules = (live.get('OUTPUT') ?? []).flatMap((spec, at) => {
    const text = !own.has(at) && spec.endsWith('-j RETURN') ? canonical(spec) : ''
    return [OWNER_UID, OWNER_GID, PORT_RETURN].some((form) => form.test(text)) ? [`-A OUTPUT ${spec}`] : []
  })
  return [...chains.map((chain) => `-N ${chain}`), ...rules]
}
