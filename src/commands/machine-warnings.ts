import type { Diagnostics } from '../diagnostics/diagnostics'
import { shadowing, shadowsPartly } from '../drift/findings'
import { findShadowingRules } from '../drift/in-front'
import { type Interception, interceptsInbound } from '../interception/interception'
import { forwardingBridges } from '../netfilter/bridges'
import { ipv6Addresses } from '../netfilter/ipv6'
import type { Namespace } from '../netfilter/namespace'
import type { Owner } from '../options/accounts'
import { listenersIn } from '../precheck/listeners'
import type { Family } from '../ruleset/families'
import { managedRules } from '../ruleset/ownership'
import { isInRange } from '../ruleset/ranges'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { afterwards, NOTHING } from '../ruleset/transaction'
import type { Accounts } from '../system/accounts'
import { isInterface } from '../system/interfaces'
import { ownersOf } from '../system/sockets'
import { allOf } from '../system/text'

interface Machine {
  /** Whether the user was named by an option: `nobody` shares its group as a matter of course. */
  isUserGiven: boolean
  accounts: Accounts
  /** The port of the SSH connection from which we are called, if it comes into this namespace. */
  ssh: number | undefined
  namespace: Namespace
}

/** Warns of what is probably not meant on this machine. Reads files only. */
export async function reportMachineWarnings(
  interception: Interception,
  machine: Machine,
  diagnostics: Diagnostics,
): Promise<void> {
  const { isUserGiven, accounts, ssh, namespace } = machine
  if (isUserGiven) for (const owner of interception.owners) reportSharing(owner, accounts, diagnostics)
  if (ssh !== undefined && interceptsInbound(interception, ssh))
    diagnostics.warn(
      'ssh-intercepted',
      `port ${ssh} of your SSH connection is redirected too`,
      interception.inbound?.all ? `Use --inbound-exclude-ports ${ssh}` : `Remove ${ssh} from --inbound-ports`,
    )
  await reportForwarded(interception, namespace, diagnostics)
  await reportLoops(interception, namespace, diagnostics)
  if (!interception.ipv6 && (await ipv6Addresses(namespace)).global)
    diagnostics.warn(
      'ipv6-not-intercepted',
      'this machine has global IPv6 addresses, and IPv6 traffic is not redirected',
      'Use --ip-family dual',
    )
}

/** Warns of bridges whose containers connect to the outside through PREROUTING, where inbound rules take what they mean for others. */
async function reportForwarded(
  { inbound, rerouteInterfaces }: Interception,
  namespace: Namespace,
  diagnostics: Diagnostics,
): Promise<void> {
  if (!inbound || inbound.localOnly) return
  const named = [...inbound.excludeInterfaces, ...rerouteInterfaces]
  const bridges = (await forwardingBridges(namespace)).filter((name) => !named.some((each) => isInterface(name, each)))
  const shown = bridges.slice(0, 3).join(',')
  if (bridges.length > 0)
    diagnostics.warn(
      'forwarded-redirected',
      `this machine forwards connections for ${shown}, and the inbound rules redirect them too`,
      `Use --exclude-interfaces ${shown}, --inbound-local-only, or --reroute-interfaces ${shown} to treat them as outbound traffic`,
    )
}

/** Warns of foreign rules in a live table that keep traffic from the wanted ones, or from which these would keep some. */
export function reportLiveRules(
  live: Ruleset,
  wanted: Wanted,
  family: Family,
  interception: Interception,
  diagnostics: Diagnostics,
): void {
  reportForeignRules(live, interception, diagnostics)
  reportShadows(live, wanted, family, diagnostics)
}

/** Warns of foreign rules that will stand in front of the wanted ones and take their traffic, or may take a part of it. */
function reportShadows(live: Ruleset, wanted: Wanted, family: Family, diagnostics: Diagnostics): void {
  for (const { rule, ports } of findShadowingRules(afterwards(live, wanted), wanted, family)) {
    const { line } = rule
    const { problem, remedy } = shadowing(ports, line)
    if (ports.length > 0) diagnostics.warn('shadowed', problem, remedy)
    else diagnostics.note(shadowsPartly(line))
  }
}

/** Warns of foreign rules in OUTPUT behind a managed RETURN, which ends the chain for what it matches (facts 3). */
function reportForeignRules(live: Ruleset, { isolate, jumpFirst }: Interception, diagnostics: Diagnostics): void {
  if (isolate) return
  const managed = managedRules(live, NOTHING, 'OUTPUT')
  const rules = live.get('OUTPUT') ?? []
  // Without managed rules yet, they will go behind all, or in front of all.
  const first = managed.size > 0 ? Math.min(...managed) : jumpFirst ? -1 : rules.length
  if (rules.some((_, at) => at > first && !managed.has(at)))
    diagnostics.warn(
      'isolate-recommended',
      'OUTPUT has foreign rules after the managed ones. The managed RETURN rules hide some traffic from them',
      'Use --isolate',
    )
}

/** Warns when what listens on the proxy's port runs as somebody whose outbound traffic is redirected: it comes back to it. */
async function reportLoops(
  interception: Interception,
  { procNet }: Namespace,
  diagnostics: Diagnostics,
): Promise<void> {
  const { outbound, owners, proxyPort } = interception
  if (!outbound) return
  const sockets = listenersIn((await procNet('tcp')) + (await procNet('tcp6'))).filter(({ port }) => port === proxyPort)
  const isAmong = (id: number, ranges: string[]) => ranges.some((range) => isInRange(id, range))
  for (const { uid, gid } of ownersOf(sockets.map(({ inode }) => inode))) {
    const isProxy = owners.some((owner) => (owner.gid === null ? uid === owner.uid : gid === owner.gid))
    if (isProxy || isAmong(uid, outbound.excludeUsers) || isAmong(gid, outbound.excludeGroups)) continue
    diagnostics.warn(
      'proxy-loops',
      `the process that listens on port ${proxyPort} runs as uid ${uid}, gid ${gid}, and its own traffic is redirected back to it`,
      `Use --apisix-user ${uid}:${gid}, or --apisix-user ${uid}:none for this user alone`,
    )
    return
  }
}

function reportSharing(owner: Owner, accounts: Accounts, diagnostics: Diagnostics): void {
  const { gid } = owner
  const sharing = gid === null ? [] : sharingOf({ ...owner, gid }, accounts)
  const isOne = sharing.length === 1
  if (sharing.length > 0)
    diagnostics.warn(
      'group-shared',
      `${isOne ? 'user' : 'users'} ${allOf(sharing.slice(0, 3))} ${isOne ? 'shares' : 'share'} gid ${gid} with the proxy and ${isOne ? 'bypasses' : 'bypass'} it too`,
      'Give the proxy its own group, or exclude its user alone with --apisix-user UID:none',
    )
}

function sharingOf(owner: { uid: number; gid: number }, accounts: Accounts): string[] {
  try {
    return accounts.sharing(owner)
  } catch {
    // Without passwd there is nobody to share with.
    return []
  }
}
