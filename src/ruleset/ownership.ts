import { canonical } from './canonical'
import { onceForEachChain, type Ruleset, type Wanted } from './ruleset'
import { words } from './tokenize'

/** Our chains, by exact name, in the order in which they are declared: a chain comes before those that jump to it. */
export const MANAGED_CHAINS = ['APISIX_REDIRECT', 'APISIX_INBOUND_REDIRECT', 'APISIX_INBOUND', 'APISIX_OUTPUT'] as const

const OWNER_UID = /^! -d (?:127\.0\.0\.1\/32|::1\/128) -o lo -m owner --uid-owner \d+ -j RETURN$/
const OWNER_GID = /^-m owner --gid-owner \d+ -j RETURN$/
const PORT_RETURN = /^-p tcp -m tcp --dport \d+(:\d+)? -j RETURN$/

export function isManagedChain(chain: string): boolean {
  return MANAGED_CHAINS.some((ours) => ours === chain)
}

/** Whether any of our chains is declared in the table. */
export function hasManagedChains(live: Ruleset): boolean {
  return MANAGED_CHAINS.some((chain) => live.has(chain))
}

const TRANSLATING = / -j (?:DNAT|SNAT|MASQUERADE|REDIRECT|NETMAP)\b/
const QUOTED = /"(?:[^"\\]|\\.)*"/g

/**
 * Whether rules of others make the kernel track connections in this table's network namespace.
 *
 * Without them tracking begins with our first REDIRECT and ends with our last: connections that are open then are taken for
 * new ones, or lose their translation (measured on both backends, iptables 1.8.9).
 */
export function foreignRulesTrack(live: Ruleset): boolean {
  return [...live].some(
    ([chain, specs]) =>
      !isManagedChain(chain) && specs.some((spec) => TRANSLATING.test(` ${spec}`.replace(QUOTED, '""'))),
  )
}

/** What is ours in a table, as it is: what brings it back after a change. */
export function managedSet(live: Ruleset): Wanted {
  const chains = MANAGED_CHAINS.filter((chain) => live.has(chain))
  const none: Wanted = { chains: [...chains], rules: [], inFront: [] }
  const rules = [...live.keys()].flatMap((chain) =>
    blockOf(live, none, chain).map((spec) => ({ chain, spec, only: '' })),
  )
  return { ...none, rules }
}

/** Which of our chains the rule jumps (`-j`) or goes (`-g`) to; a comment that quotes such a jump does not count. */
export function jumpsTo(spec: string): string | undefined {
  if (!spec.includes('APISIX_')) return undefined
  const all = words(spec)
  return all.find(({ value }, at) => at > 0 && /^-[jg]$/.test(all[at - 1]?.text ?? '') && isManagedChain(value))?.value
}

/**
 * The positions (from 0) of our rules in a chain that is not ours.
 *
 * Every jump to one of our chains; and in OUTPUT, when a chain of ours exists or is wanted, the documented owner pair and
 * the port RETURNs between it and our last jump. While a chain of ours exists, a RETURN whose text is a wanted one is ours too:
 * it may be what is left of a damaged set (facts 36).
 */
export function managedRules(live: Ruleset, wanted: Wanted, chain: string): Set<number> {
  const specs = live.get(chain) ?? []
  const jumps = jumpsIn(specs)
  if (chain !== 'OUTPUT' || (wanted.chains.length === 0 && !hasManagedChains(live))) return new Set(jumps)

  const returns = specs.map((spec) => (spec.endsWith('-j RETURN') ? canonical(spec) : ''))
  const wantedReturns = wantedReturnsOf(wanted)
  const equal = hasManagedChains(live) ? positions(returns, (spec) => wantedReturns.has(spec)) : []
  const uids = positions(returns, (spec) => OWNER_UID.test(spec))
  // A wanted user's RETURN belongs with the wanted group's, where that is there.
  const lastEqualGid = equal.findLast((at) => OWNER_GID.test(returns[at] as string)) ?? -1
  const isPaired = (uid: number) => wantedReturns.has(returns[uid] as string) && lastEqualGid > uid
  const gids = uids.flatMap((uid) =>
    isPaired(uid) ? [] : positions(returns, (spec, at) => at > uid && OWNER_GID.test(spec)).slice(0, 1),
  )
  const first = [...gids, ...equal].filter((at) => OWNER_GID.test(returns[at] as string)).sort((a, b) => a - b)[0]
  const last = jumps.at(-1) ?? -1
  const ports = positions(
    returns,
    (spec, at) => first !== undefined && at > first && at < last && PORT_RETURN.test(spec),
  )
  return new Set([...jumps, ...uids, ...gids, ...equal, ...ports])
}

/** The RETURNs that are wanted in OUTPUT, worked out once for each set. */
const wantedReturnsOf = ((known) => (wanted: Wanted) => {
  const found =
    known.get(wanted) ??
    new Set(
      wanted.rules
        .filter(({ chain, spec }) => chain === 'OUTPUT' && spec.endsWith('-j RETURN'))
        .map(({ spec }) => canonical(spec)),
    )
  known.set(wanted, found)
  return found
})(new WeakMap<Wanted, Set<string>>())

/** The positions of the jumps to our chains. */
const jumpsIn = onceForEachChain((specs) => positions(specs, (spec) => jumpsTo(spec) !== undefined))

/** Our rules in a chain, in order: all of a chain of ours, and in a chain of others the block that `ourRules` finds. */
export function blockOf(live: Ruleset, wanted: Wanted, chain: string): string[] {
  const specs = live.get(chain) ?? []
  if (isManagedChain(chain)) return specs
  return at(specs, managedRules(live, wanted, chain))
}

/** The rules of a chain at some positions, in the order of the chain. */
export function at(specs: string[], positions: Iterable<number>): string[] {
  return [...positions].sort((one, other) => one - other).map((position) => specs[position] as string)
}

/** Chains that are named like ours and are not. */
export function foreignLookAlikes(live: Ruleset): string[] {
  return [...live.keys()].filter((chain) => chain.startsWith('APISIX_') && !isManagedChain(chain))
}

/** A RETURN in OUTPUT that has a form of ours, and may be foreign: who bypasses the proxy by it. */
export interface StrayReturn {
  spec: string
  /** As in `uid 501`, `gid 20`, `port 53`. */
  who: string
  /** How many rules there are of this text. */
  count: number
}

/** The RETURNs in OUTPUT of a documented form that are not part of a set of ours. */
export function strayReturns(live: Ruleset, wanted: Wanted): StrayReturn[] {
  const ours = managedRules(live, wanted, 'OUTPUT')
  const found = new Map<string, StrayReturn>()
  for (const [at, spec] of (live.get('OUTPUT') ?? []).entries()) {
    const text = !ours.has(at) && spec.endsWith('-j RETURN') ? canonical(spec) : ''
    const form = [OWNER_UID, OWNER_GID, PORT_RETURN].find((each) => each.test(text))
    if (!form) continue
    const known = found.get(spec)
    if (known) known.count++
    else found.set(spec, { spec, who: whoBy(text), count: 1 })
  }
  return [...found.values()]
}

function whoBy(spec: string): string {
  const [, option = '', value = ''] = /--(uid|gid|dport)(?:-owner)? (\S+) -j RETURN$/.exec(spec) ?? []
  return option === 'dport'
    ? `${value.includes(':') ? 'ports' : 'port'} ${value.replace(':', '-')}`
    : `${option} ${value}`
}

function positions(specs: string[], isMeant: (spec: string, at: number) => boolean): number[] {
  const found: number[] = []
  for (let at = 0; at < specs.length; at++) if (isMeant(specs[at] as string, at)) found.push(at)
  return found
}
