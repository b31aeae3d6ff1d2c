import type { Interception, PortMatch, Selection } from '../../../src/interception/interception'
import { compare, type Difference } from '../../../src/ruleset/compare'
import { parseSaved } from '../../../src/ruleset/parse'
import { parseRules } from '../../../src/ruleset/read-any'
import type { Wanted } from '../../../src/ruleset/ruleset'
import { cli } from '../../support'
import type { Namespace } from './namespace'
import { saved } from './table'

/** Sets that differ in the user, in OUTPUT and in managed chains; all send what goes out to port 80 to a proxy. */
export const ONE = '--apisix-port 9080 --apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80'.split(' ')
export const TWO =
  '--apisix-port 9081 --apisix-user 636:636 --inbound-ports * --outbound-ports 443,80 --apisix-inbound-capture-port 9080'.split(
    ' ',
  )
export const THREE = '--apisix-user 700:700 --outbound-ports 80,8443'.split(' ')

/** The rules of options, as `--dry-run` prints them. */
export async function wantedBy(options: string[]): Promise<Wanted> {
  const { status, stdout, stderr } = await cli(['iptables', ...options, '--dry-run'])
  if (status !== 0) throw new Error(stderr)
  const lines = stdout.split('\n').map((line) => line.replace(/^:(\S+) .*/, '-N $1'))
  return parseRules(lines.filter((line) => line.startsWith('-')).join('\n'))
}

/** The document that makes the rules of options, or none of ours, the only ones in a saved table. */
export async function changeOf(saved: string, options: string[] | undefined): Promise<string> {
  const command = options ? ['iptables', ...options] : ['cleanup-iptables']
  const { status, stdout, stderr } = await cli([...command, '--from', '-'], { stdin: saved })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

/** How the rules of options differ from those that are active; nothing when these are active, once. */
export async function differences(at: Namespace, options: string[]): Promise<Difference[]> {
  return compare(parseSaved(await saved(at)), await wantedBy(options))
}

/** Options that ask for an interception, but for its family and place. */
export function optionsOf(interception: Interception): string[] {
  const { proxyPort, inboundCapturePort, owner, inbound, outbound, isolate, comments } = interception
  const capture = inboundCapturePort === null ? [] : ['--apisix-inbound-capture-port', `${inboundCapturePort}`]
  const lists = {
    '--inbound-exclude-cidrs': inbound?.excludeCidrs.map(({ cidr }) => cidr),
    '--outbound-exclude-cidrs': outbound?.excludeCidrs.map(({ cidr }) => cidr),
    '--outbound-cidrs': outbound?.cidrs.map(({ cidr }) => cidr),
    '--outbound-exclude-users': outbound?.excludeUsers,
    '--outbound-exclude-groups': outbound?.excludeGroups,
    '--exclude-interfaces': outbound?.excludeInterfaces ?? inbound?.excludeInterfaces,
  }
  return [
    ...['--apisix-port', `${proxyPort}`, '--apisix-user', `${owner.uid}:${owner.gid}`, ...capture],
    ...selected('inbound', inbound),
    ...selected('outbound', outbound),
    ...Object.entries(lists).flatMap(([name, list]) => (list && list.length > 0 ? [name, list.join()] : [])),
    ...(outbound?.excludePortsForUsers ?? []).flatMap(({ user, ports }) => [
      '--outbound-exclude-ports-for-users',
      `${user}:${ports.replaceAll(':', '-')}`,
    ]),
    ...(isolate ? ['--isolate'] : []),
    ...(comments ? ['--comments'] : []),
    ...(isCompact(interception) ? ['--compact'] : []),
  ]
}

function selected(way: 'inbound' | 'outbound', selection: Selection | null): string[] {
  if (!selection) return []
  const { all, ports, exclude } = selection
  const listed = (matches: PortMatch[]) => matches.map((match) => match.ports).join()
  return [`--${way}-ports`, all ? '*' : listed(ports), ...(all ? [`--${way}-exclude-ports`, listed(exclude)] : [])]
}

const isCompact = ({ inbound, outbound }: Interception) =>
  [inbound, outbound].some((one) =>
    [...(one?.ports ?? []), ...(one?.exclude ?? [])].some(({ match }) => match !== '--dport'),
  )
