import './each'
import nftTemplate from '../../templates/nft.hbs'
import cleanupTemplate from '../../templates/nft-cleanup.hbs'
import commentTemplate from '../../templates/nft-comment.hbs'
import scriptTemplate from '../../templates/nft-script.hbs'
import type { Inbound, Interception, Outbound, Selection } from '../interception/interception'
import { NODE_TABLE } from '../ruleset/node'
import { NFT_TABLE } from '../ruleset/ownership'
import { groupBy, matchesOf, type NetworkMatch, type NftSet, networkMatchesOf, portsOf, splitRanges } from './nft-lists'
import { dataOf } from './render'
import type { ScriptDefaults } from './script-defaults'
import { commonParts, type ScriptMade } from './script-parts'
import { commandLine, quoted } from './shell'

/** Where our chains are among those of other tables: with the nat chains of iptables, or in front of them. */
const AT_DSTNAT = { prerouting: 'dstnat', output: '-100' }
const BEFORE_DSTNAT = { prerouting: 'dstnat - 1', output: '-101' }

/** The file that `nft -f` loads: our table, in place of the one that may be there. */
export function renderNft(interception: Interception, command: string[]): string {
  const { ipv4, ipv6, jumpFirst, inbound, outbound, rerouteInterfaces } = interception
  const sets: NftSet[] = []
  const view = {
    ...interception,
    table: NFT_TABLE,
    command: commandLine(command),
    priority: jumpFirst ? BEFORE_DSTNAT : AT_DSTNAT,
    onlyFamily: ipv4 && ipv6 ? null : ipv4 ? 'ipv4' : 'ipv6',
    rerouteInterfaces: rerouteInterfaces.map(wildcard),
    inbound: inbound && inboundView(inbound, sets),
    outbound: outbound && outboundView(outbound, sets),
    sets,
  }
  return nftTemplate(view, { data: dataOf(interception, commentTemplate) })
}

/** The file that removes our table, also when it is not there. */
export const renderNftCleanup = (): string => cleanupTemplate({ table: NFT_TABLE })

/**
 * A self-contained POSIX shell script that loads the table of `--format nft`, or removes it, with `nft` alone.
 *
 * As the script for iptables it holds neither `$$` nor `$(NAME)`, and the same input gives the same bytes.
 */
export function renderNftScript(
  interception: Interception,
  made: ScriptMade,
  { allowNode }: Pick<ScriptDefaults, 'allowNode'>,
): string {
  return scriptTemplate({
    ...commonParts(made, allowNode),
    table: NFT_TABLE,
    wanted: quoted(bare(renderNft(interception, []))),
    removal: quoted(bare(renderNftCleanup())),
    nodeTables: ['ip', 'ip6'].map((family) => `*"\${nl}table ${family} ${NODE_TABLE} {"*`).join(' | '),
  })
}

/** Less the comments at its head, and without tabs, for which YAML would be printed in quotes. */
const bare = (text: string) => text.replace(/^#.*\n/gm, '').replaceAll('\t', '  ')

/** `eth+` of iptables is `eth*` here. */
const wildcard = (name: string) => name.replace(/\+$/, '*')

function selectionView({ excludeInterfaces, excludeCidrs, exclude }: Selection, way: string, sets: NftSet[]) {
  return {
    excludeInterfaces: excludeInterfaces.map(wildcard),
    excludeCidrs: networkMatchesOf(`${way}_exclude_cidrs`, excludeCidrs, sets),
    exclude: matchesOf(`${way}_exclude_ports`, 'inet_service', portsOf(exclude), sets),
  }
}

function inboundView(inbound: Inbound, sets: NftSet[]) {
  return {
    ...inbound,
    ...selectionView(inbound, 'inbound', sets),
    ports: matchesOf('inbound_ports', 'inet_service', portsOf(inbound.ports), sets),
  }
}

function outboundView(outbound: Outbound, sets: NftSet[]) {
  const { users, groups, excludeUsers, excludeGroups, excludePortsForUsers } = outbound
  const byUser = groupBy(excludePortsForUsers, ({ user }) => user)
  return {
    excludeUsers: matchesOf('outbound_exclude_users', 'uid', excludeUsers, sets),
    excludeGroups: matchesOf('outbound_exclude_groups', 'gid', excludeGroups, sets),
    users: matchesOf('outbound_users', 'uid', users, sets),
    groups: matchesOf('outbound_groups', 'gid', groups, sets),
    /** Whether only connections of some users and groups are redirected. */
    isOfSome: users.length + groups.length > 0,
    ...selectionView(outbound, 'outbound', sets),
    excludePortsForUsers: [...byUser].flatMap(([user, matches]) => {
      const { single, ranges } = splitRanges(portsOf(matches))
      const ports = single.length > 0 ? [`{ ${single.join(', ')} }`, ...ranges] : ranges
      return ports.map((each) => ({ user, ports: each }))
    }),
    destinations: destinationsView(outbound, sets),
  }
}

/** What ports and networks make together, by sets: the model has a pair each. */
function destinationsView({ destinations, ports, cidrs }: Outbound, sets: NftSet[]) {
  const everywhere: (NetworkMatch | null)[] = [null]
  const everyPort: (string | null)[] = [null]
  const networks = networkMatchesOf('outbound_cidrs', cidrs, sets)
  const portMatches = matchesOf('outbound_ports', 'inet_service', portsOf(ports), sets)
  const kinds = groupBy(destinations, ({ cidr, ports }) => `${cidr !== null} ${ports !== null}`)
  return [...kinds.values()].flatMap(([each]) =>
    (each?.cidr ? networks : everywhere).flatMap((network) =>
      (each?.ports ? portMatches : everyPort).map((ports) => ({ network, ports })),
    ),
  )
}
