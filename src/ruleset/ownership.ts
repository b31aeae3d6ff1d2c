import type { Diagnostic } from '../diagnostics/diagnostic'
import type { Rule } from './rule'
import { onceForEach, type Ruleset, type Wanted } from './ruleset'

/** The managed chains, by exact name, in the order in which they are declared: a chain comes before those that jump to it. */
export const MANAGED_CHAINS = [
  'APISIX_REDIRECT',
  'APISIX_INBOUND_REDIRECT',
  'APISIX_INBOUND',
  'APISIX_REROUTE',
  'APISIX_OUTPUT',
] as const

/** The table of `--format nft`, with its family: all that is in it is managed. */
export const NFT_TABLE = 'inet apisix_mesh_agent'

/** The RETURN rules of the documentation in canonical form, as extended regular expressions: the script's awk reads them too. */
export const RETURN_FORMS = {
  user: '^! -d (127\\.0\\.0\\.1\\/32|::1\\/128) -o lo -m owner --uid-owner [0-9]+ -j RETURN$',
  group: '^-m owner --gid-owner [0-9]+ -j RETURN$',
  port: '^-p tcp -m tcp --dport [0-9]+(:[0-9]+)? -j RETURN$',
}

const OWNER_UID = new RegExp(RETURN_FORMS.user)
const OWNER_GID = new RegExp(RETURN_FORMS.group)
const PORT_RETURN = new RegExp(RETURN_FORMS.port)

export function isManagedChain(chain: string): boolean {
  return MANAGED_CHAINS.some((managed) => managed === chain)
}

/** Whether a managed chain is declared in the table. */
export function hasManagedChains(live: Ruleset): boolean {
  return MANAGED_CHAINS.some((chain) => live.has(chain))
}

/** Targets that translate addresses, so that the kernel tracks connections. */
export const TRANSLATING_TARGETS = ['DNAT', 'SNAT', 'MASQUERADE', 'REDIRECT', 'NETMAP']

/**
 * Whether foreign rules make the kernel track connections in this table's network namespace.
 *
 * Without them tracking begins with the first managed REDIRECT and ends with the last: connections that are open then are taken for
 * new ones, or lose their translation (measured on both backends, iptables 1.8.9).
 */
export function foreignRulesTrack(live: Ruleset): boolean {
  return [...live].some(
    ([chain, rules]) => !isManagedChain(chain) && rules.some(({ target }) => TRANSLATING_TARGETS.includes(target)),
  )
}

/** The managed chains and rules of a table as they are: what a rollback restores. */
export function managedSet(live: Ruleset): Wanted {
  const chains = MANAGED_CHAINS.filter((chain) => live.has(chain))
  const none: Wanted = { chains: [...chains], rules: [], inFront: [] }
  return { ...none, rules: [...live.keys()].flatMap((chain) => blockOf(live, none, chain)) }
}

/** Which managed chain the rule jumps (`-j`) or goes (`-g`) to; a comment that quotes such a jump does not count. */
export function jumpsTo(rule: Rule): string | undefined {
  // A large foreign table need not be taken apart for this.
  return rule.text.includes('APISIX_') && isManagedChain(rule.target) ? rule.target : undefined
}

/**
 * The positions (from 0) of managed rules in a chain that is not managed.
 *
 * Every jump to a managed chain; and in OUTPUT, when a managed chain exists or is wanted, the documented owner pair and
 * the port RETURNs between it and the last managed jump. While a managed chain exists, a RETURN whose text is a wanted one is managed:
 * it may be what is left of a damaged set (facts 36).
 */
export function managedRules(live: Ruleset, wanted: Wanted, chain: string): Set<number> {
  const rules = live.get(chain) ?? []
  const jumps = jumpsIn(rules)
  if (chain !== 'OUTPUT' || (wanted.chains.length === 0 && !hasManagedChains(live))) return new Set(jumps)

  const returns = rules.map(textOfReturn)
  const wantedReturns = wantedReturnsOf(wanted)
  const equal = hasManagedChains(live) ? positions(returns, (text) => wantedReturns.has(text)) : []
  const uids = positions(returns, (text) => OWNER_UID.test(text))
  // A wanted user's RETURN belongs with the wanted group's, where that is there.
  const lastEqualGid = equal.findLast((at) => OWNER_GID.test(returns[at] as string)) ?? -1
  const isPaired = (uid: number) => wantedReturns.has(returns[uid] as string) && lastEqualGid > uid
  const gids = uids.flatMap((uid) =>
    isPaired(uid) ? [] : positions(returns, (text, at) => at > uid && OWNER_GID.test(text)).slice(0, 1),
  )
  const first = [...gids, ...equal].filter((at) => OWNER_GID.test(returns[at] as string)).sort((a, b) => a - b)[0]
  const last = jumps.at(-1) ?? -1
  const ports = positions(
    returns,
    (text, at) => first !== undefined && at > first && at < last && PORT_RETURN.test(text),
  )
  return new Set([...jumps, ...uids, ...gids, ...equal, ...ports])
}

/** The positions of the jumps to managed chains. */
const jumpsIn = onceForEach((rules: Rule[]) => positions(rules, (rule) => jumpsTo(rule) !== undefined))

/** The RETURNs that are wanted in OUTPUT. */
const wantedReturnsOf = onceForEach(
  ({ rules }: Wanted) =>
    new Set(rules.filter(({ chain }) => chain === 'OUTPUT').flatMap((rule) => textOfReturn(rule) || [])),
)

/** A RETURN in canonical form; empty for any other rule. */
function textOfReturn(rule: Rule): string {
  return rule.text.endsWith('-j RETURN') ? rule.canonical : ''
}

/** Managed rules in a chain, in order: all of a managed chain, and in a foreign chain the rules that `managedRules` finds. */
export function blockOf(live: Ruleset, wanted: Wanted, chain: string): Rule[] {
  const rules = live.get(chain) ?? []
  return isManagedChain(chain) ? rules : at(rules, managedRules(live, wanted, chain))
}

/** The rules of a chain at some positions, in the order of the chain. */
export function at(rules: Rule[], positions: Iterable<number>): Rule[] {
  return [...positions].sort((one, other) => one - other).map((position) => rules[position] as Rule)
}

/** Foreign chains whose names start like those of managed ones. */
export function foreignLookAlikes(live: Ruleset): string[] {
  return [...live.keys()].filter((chain) => chain.startsWith('APISIX_') && !isManagedChain(chain))
}

/** A RETURN in OUTPUT of a documented form that may be foreign: who bypasses the proxy by it. */
export interface StrayReturn {
  /** The text of the rule. */
  text: string
  /** As in `uid 501`, `gid 20`, `port 53`. */
  who: string
  /** How many rules there are of this text. */
  count: number
}

/** The RETURNs in OUTPUT of a documented form that are not part of a managed set. */
export function strayReturns(live: Ruleset, wanted: Wanted): StrayReturn[] {
  const managed = managedRules(live, wanted, 'OUTPUT')
  const found = new Map<string, StrayReturn>()
  for (const [at, rule] of (live.get('OUTPUT') ?? []).entries()) {
    const canonical = managed.has(at) ? '' : textOfReturn(rule)
    if (![OWNER_UID, OWNER_GID, PORT_RETURN].some((form) => form.test(canonical))) continue
    const known = found.get(rule.text)
    if (known) known.count++
    else found.set(rule.text, { text: rule.text, who: whoBy(canonical), count: 1 })
  }
  return [...found.values()]
}

function whoBy(text: string): string {
  const [, option = '', value = ''] = /--(uid|gid|dport)(?:-owner)? (\S+) -j RETURN$/.exec(text) ?? []
  return option === 'dport'
    ? `${value.includes(':') ? 'ports' : 'port'} ${value.replace(':', '-')}`
    : `${option} ${value}`
}

function positions<T>(list: T[], isMeant: (each: T, at: number) => boolean): number[] {
  return list.flatMap((each, at) => (isMeant(each, at) ? at : []))
}

/** What a stray RETURN does, and how to remove it. `tool` is the command, as in `iptables` and `ip6tables-legacy`. */
export function strayReturn({ text, who, count }: StrayReturn, tool: string): Diagnostic {
  const times = count === 1 ? '' : ` (${count} times)`
  return {
    severity: 'warning',
    code: 'stray-return',
    problem: `a RETURN in OUTPUT that may be foreign stays, and ${who} bypasses the proxy by it${times}`,
    remedy: `Remove it with \`${tool} -t nat -D OUTPUT ${text}\``,
  }
}

/** A warning for each RETURN in OUTPUT that may be foreign, and that lets traffic bypass the proxy. */
export const warningsOfStrays = (live: Ruleset, wanted: Wanted, tool: string) =>
  strayReturns(live, wanted).map((each) => strayReturn(each, tool))
