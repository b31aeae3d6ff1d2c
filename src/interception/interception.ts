import type { Owner } from '../options/accounts'
import type { Families } from '../ruleset/families'
import { isInRange } from '../ruleset/ranges'

/** What a sidecar intercepts: plain, validated data, and the view over which `templates/rules.hbs` is rendered. */
export interface Interception extends Families {
  /** The port of the proxy: 1–65535. */
  proxyPort: number
  /** The port given for inbound traffic; null when that goes to `proxyPort`. */
  inboundCapturePort: number | null
  /** The proxy's own users and groups, whose traffic bypasses the proxy; one at least. */
  owners: Owner[]
  /** Whether the proxy's connections to this machine's own addresses, but loopback, are redirected as inbound ones. */
  redirectSelfCalls: boolean
  /** Which connections to this machine are intercepted; null for none. */
  inbound: Inbound | null
  /** Which connections from this machine are intercepted; null for none. */
  outbound: Outbound | null
  /** Interfaces whose incoming connections are treated like outbound ones, as in `docker0`; none without `outbound`. */
  rerouteInterfaces: string[]
  /** Whether all outbound rules stand in a managed chain, hooked once. */
  isolate: boolean
  /** Whether each rule carries a comment that names the option that made it. */
  comments: boolean
  /** Whether managed rules go in front of foreign ones, when they have to be written. */
  jumpFirst: boolean
}

/** The destination ports of one rule. */
export interface PortMatch {
  /** The words in front of them: a port or a range takes `--dport`. */
  match: '--dport' | '-m multiport --dports'
  /** A port, a range as in `8000:8010`, or with `multiport` up to 15 slots of them. */
  ports: string
}

/** A network, and what a line for its family starts with where the document serves both. */
export interface Network {
  cidr: string
  only: string
}

/** Where connections go to that one rule intercepts: to a network, to ports of it, to ports anywhere, or anywhere. */
export interface Destination {
  /** What a line for its family starts with where the document serves both. */
  only: string
  cidr: string | null
  ports: PortMatch | null
}

/** Every port but the excluded ones, or just the ports listed. */
export interface Selection {
  all: boolean
  /** Without `all`: the intercepted ports, in the order given. */
  ports: PortMatch[]
  /** With `all`: the excluded ports, in the order given. */
  exclude: PortMatch[]
  /** Excluded interfaces, as in `docker0` and `eth+`. */
  excludeInterfaces: string[]
  /** Excluded networks: sources inbound, destinations outbound. */
  excludeCidrs: Network[]
}

/** Which connections to this machine are intercepted. */
export interface Inbound extends Selection {
  /** Whether only connections to this machine's own addresses are intercepted. */
  localOnly: boolean
  /** Whether port 22 bypasses the proxy, so that whoever intercepts all can still log in. */
  exemptSsh: boolean
}

/** Which connections from this machine are intercepted. */
export interface Outbound extends Selection {
  /** The only networks intercepted; empty for all. */
  cidrs: Network[]
  /** What ports and networks make together: a rule each. */
  destinations: Destination[]
  /** The only users and groups intercepted, who match one of them: ids, and ranges of ids as in `1000-2000`; empty for all. */
  users: string[]
  groups: string[]
  /** Excluded users and groups: ids, and ranges of ids as in `1000-2000`. */
  excludeUsers: string[]
  excludeGroups: string[]
  excludePortsForUsers: (PortMatch & { user: string })[]
}

/** Whether a connection to a port of this machine is intercepted, as far as ports decide. */
export function interceptsInbound({ inbound }: Interception, port: number): boolean {
  if (!inbound) return false
  const holds = (matches: { ports: string }[]) =>
    matches.some(({ ports }) => ports.split(',').some((range) => isInRange(port, range)))
  return inbound.all ? !(inbound.exemptSsh && port === 22) && !holds(inbound.exclude) : holds(inbound.ports)
}
