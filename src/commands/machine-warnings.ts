import { describePartly, describeShadow } from '../drift/findings'
import { findShadowingRules } from '../drift/shadowing'
import { interceptsInbound } from '../interception/decides'
import type { Report } from '../interception/diagnostics'
import type { Interception } from '../interception/interception'
import type { Accounts } from '../interception/owner'
import { ipv6Addresses } from '../netfilter/ipv6'
import type { Namespace } from '../netfilter/namespace'
import { listenersIn } from '../precheck/sockets'
import { afterwards } from '../ruleset/afterwards'
import { managedRules } from '../ruleset/ownership'
import { isInRange } from '../ruleset/ranges'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'
import { ownersOf } from '../system/sockets'

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
  report: Report,
): Promise<void> {
  const { isUserGiven, accounts, ssh, namespace } = machine
  const sharing = isUserGiven ? sharingOf(accounts, interception) : []
  if (sharing.length > 0)
    report.warn(
      'group-shared',
      `gid ${interception.owner.gid} is the group of ${sharing.slice(0, 3).join(', ')} too, who bypass the proxy: give it a group of its own`,
    )
  if (ssh !== undefined && interceptsInbound(interception, ssh))
    report.warn(
      'ssh-intercepted',
      `port ${ssh} is that of your SSH connection: ${
        interception.inbound?.all
          ? `--inbound-exclude-ports ${ssh} leaves it alone`
          : 'leave it out of --inbound-ports, which leaves it alone'
      }`,
    )
  await reportLoops(interception, namespace, report)
  if (!interception.ipv6 && (await ipv6Addresses(namespace)).global)
    report.warn(
      'ipv6-not-intercepted',
      'there are global IPv6 addresses, whose traffic is not intercepted: --ip-family dual',
    )
}

/** Warns of foreign rules that will stand in front of the wanted ones and take their traffic, or may take a part of it. */
export function reportShadows(live: Ruleset, wanted: Wanted, report: Report): void {
  for (const { chain, spec, ports } of findShadowingRules(afterwards(live, wanted), wanted)) {
    const line = `-A ${chain} ${spec}`
    if (ports.length > 0) report.warn('shadowed', describeShadow({ ports }, line))
    else report.notes.push(describePartly(line))
  }
}

/** Warns of foreign rules in OUTPUT behind a RETURN of ours, which ends the walk there for what it matches (facts 3). */
export function reportForeignRules(live: Ruleset, { isolate, jumpFirst }: Interception, report: Report): void {
  if (isolate) return
  const ours = managedRules(live, NOTHING, 'OUTPUT')
  const specs = live.get('OUTPUT') ?? []
  // Where nothing of ours stands yet, it goes behind all, or in front of all.
  const first = ours.size > 0 ? Math.min(...ours) : jumpFirst ? -1 : specs.length
  if (specs.some((_, at) => at > first && !ours.has(at)))
    report.warn(
      'isolate-recommended',
      'OUTPUT holds foreign rules behind ours, from which our RETURNs keep some traffic: --isolate',
    )
}

/** Warns when what listens on the proxy's port runs as somebody whose outbound traffic is redirected: it comes back to it. */
async function reportLoops(interception: Interception, { procNet }: Namespace, report: Report): Promise<void> {
  const { outbound, owner, proxyPort } = interception
  if (!outbound) return
  const sockets = listenersIn((await procNet('tcp')) + (await procNet('tcp6'))).filter(({ port }) => port === proxyPort)
  const isAmong = (id: number, ranges: string[]) => ranges.some((range) => isInRange(id, range))
  for (const { uid, gid } of ownersOf(sockets.map(({ inode }) => inode))) {
    if (gid === owner.gid || isAmong(uid, outbound.excludeUsers) || isAmong(gid, outbound.excludeGroups)) continue
    report.warn(
      'proxy-loops',
      `the process that listens on port ${proxyPort} runs as uid ${uid}, gid ${gid}, whose own traffic is redirected back to it: give --apisix-user ${uid}:${gid}, or --outbound-exclude-users ${uid}`,
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
