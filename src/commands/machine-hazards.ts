import { interceptsInbound } from '../interception/decides'
import type { Interception } from '../interception/interception'
import type { Accounts } from '../interception/owner'
import type { Report } from '../interception/report'
import { ipv6Addresses } from '../netfilter/ipv6'
import type { Namespace } from '../netfilter/namespace'
import { ourRules } from '../ruleset/ours'
import type { Ruleset } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'

interface Machine {
  /** Whether the user was named by an option: `nobody` shares its group as a matter of course. */
  isUserGiven: boolean
  accounts: Accounts
  /** The port of the SSH connection from which we are called, if it comes into this namespace. */
  ssh: number | undefined
  namespace: Namespace
}

/** Warns of what is probably not meant on this machine. Reads files only. */
export async function reportMachineHazards(
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
  if (!interception.ipv6 && (await ipv6Addresses(namespace)).global)
    report.warn(
      'ipv6-not-intercepted',
      'there are global IPv6 addresses, whose traffic is not intercepted: --ip-family dual',
    )
}

/** Warns of rules of others in OUTPUT: a RETURN of ours ends the walk there for those behind it (facts 3). */
export function reportOthers(live: Ruleset, { isolate }: Interception, report: Report): void {
  const theirs = (live.get('OUTPUT')?.length ?? 0) - ourRules(live, NOTHING, 'OUTPUT').size
  if (!isolate && theirs > 0)
    report.warn(
      'isolate-recommended',
      'OUTPUT holds rules of others, which our RETURNs keep some traffic from: --isolate',
    )
}

function sharingOf(accounts: Accounts, { owner }: Interception): string[] {
  try {
    return accounts.sharing(owner)
  } catch {
    // Without passwd there is nobody to share with.
    return []
  }
}
