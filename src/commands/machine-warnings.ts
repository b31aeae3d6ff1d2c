import type { Diagnostics } from '../diagnostics/diagnostics'
import { shadowing, shadowsPartly } from '../drift/findings'
import { findShadowingRules } from '../drift/in-front'
import { type Interception, interceptsInbound } from '../interception/interception'
import { ipv6Addresses } from '../netfilter/ipv6'
import type { Namespace } from '../netfilter/namespace'
import type { Accounts } from '../options/accounts'
import { listenersIn } from '../precheck/listeners'
import { managedRules } from '../ruleset/ownership'
import { isInRange } from '../ruleset/ranges'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { afterwards, NOTHING } from '../ruleset/transaction'
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
  const sharing = isUserGiven ? sharingOf(accounts, interception) : []
  if (sharing.length > 0)
    diagnostics.warn(
      'group-shared',
      `${sharing.length === 1 ? 'user' : 'users'} ${allOf(sharing.slice(0, 3))} ${sharing.length === 1 ? 'shares' : 'share'} gid ${interception.owner.gid} with the proxy and ${sharing.length === 1 ? 'bypasses' : 'bypass'} it too`,
      'Give the proxy its own group',
    )
  if (ssh !== undefined && interceptsInbound(interception, ssh))
    diagnostics.warn(
      'ssh-intercepted',
      `port ${ssh} of your SSH connection is redirected too`,
      interception.inbound?.all ? `Use --inbound-exclude-ports ${ssh}` : `Remove ${ssh} from --inbound-ports`,
    )
  await reportLoops(interception, namespace, diagnostics)
  if (!interception.ipv6 && (await ipv6Addresses(namespace)).global)
    diagnostics.warn(
      'ipv6-not-intercepted',
      'this machine has global IPv6 addresses, and IPv6 traffic is not redirected',
      'Use --ip-family dual',
    )
}

/** Warns of foreign rules in a live table that keep traffic from the wanted ones, or from which these would keep some. */
export function reportLiveRules(
  live: Ruleset,
  wanted: Wanted,
  interception: Interception,
  diagnostics: Diagnostics,
): void {
  reportForeignRules(live, interception, diagnostics)
  reportShadows(live, wanted, diagnostics)
}

/** Warns of foreign rules that will stand in front of the wanted ones and take their traffic, or may take a part of it. */
function reportShadows(live: Ruleset, wanted: Wanted, diagnostics: Diagnostics): void {
  for (const { chain, spec, ports } of findShadowingRules(afterwards(live, wanted), wanted)) {
    const line = `-A ${chain} ${spec}`
    const { problem, remedy } = shadowing(ports, line)
    if (ports.length > 0) diagnostics.warn('shadowed', problem, remedy)
    else diagnostics.note(shadowsPartly(line))
  }
}

/** Warns of foreign rules in OUTPUT behind a managed RETURN, which ends the chain for what it matches (facts 3). */
function reportForeignRules(live: Ruleset, { isolate, jumpFirst }: Interception, diagnostics: Diagnostics): void {
  if (isolate) return
  const managed = managedRules(live, NOTHING, 'OUTPUT')
  const specs = live.get('OUTPUT') ?? []
  // Without managed rules yet, they will go behind all, or in front of all.
  const first = managed.size > 0 ? Math.min(...managed) : jumpFirst ? -1 : specs.length
  if (specs.some((_, at) => at > first && !managed.has(at)))
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
  const { outbound, owner, proxyPort } = interception
  if (!outbound) return
  const sockets = listenersIn((await procNet('tcp')) + (await procNet('tcp6'))).filter(({ port }) => port === proxyPort)
  const isAmong = (id: number, ranges: string[]) => ranges.some((range) => isInRange(id, range))
  for (const { uid, gid } of ownersOf(sockets.map(({ inode }) => inode))) {
    if (gid === owner.gid || isAmong(uid, outbound.excludeUsers) || isAmong(gid, outbound.excludeGroups)) continue
    diagnostics.warn(
      'proxy-loops',
      `the process that listens on port ${proxyPort} runs as uid ${uid}, gid ${gid}, and its own traffic is redirected back to it`,
      `Use --apisix-user ${uid}:${gid}, or --outbound-exclude-users ${uid}`,
    )
    return
  }
}

function sharingOf(accounts: Accounts, { owner }: Interception): string[] {
  try {
    return accounts.sharing(owner)
  } catch {
    // Without passwd there is nobody to share with.
    return []
  }
}
