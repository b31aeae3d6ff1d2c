import type { Diagnostics } from '../diagnostics/diagnostics'
import type { ListedNetwork } from '../options/networks'
import type { Given } from '../options/parse'
import type { PortRange } from '../options/ports'
import { FAMILY_NAMES, type Families, familiesNamed } from '../ruleset/families'
import type { Destination, Inbound, Interception, Network, Outbound, PortMatch, Selection } from './interception'
import { matchesOf } from './matches'
import type { PortSelection } from './never-matches'
import type { Options } from './options'
import { reportWarnings } from './warnings'

/** The model of what the options want. What is wrong or may surprise goes into `diagnostics`; the model holds only without errors. */
export function buildInterception(options: Options, diagnostics: Diagnostics): Interception {
  const families = familiesNamed(options.ipFamily.value)
  const exemptSsh = !options.noSshExempt.value
  const inPorts = withoutSsh(selectPorts(options.inboundPorts, options.inboundExcludePorts, diagnostics), exemptSsh)
  const networks = (given: Given<ListedNetwork[]>, ofAll: [problem: string, remedy: string]) =>
    networksOf(given, families, ofAll, diagnostics)
  const excludesAll = ({ name }: Given<unknown>): [string, string] => [
    'excludes every address',
    `Remove ${name} to redirect nothing`,
  ]
  const matches = (ranges: PortRange[]) => matchesOf(ranges, options.compact.value)
  const select = (selection: PortSelection, excludeCidrs: Network[]): Selection => ({
    all: selection.all,
    ports: matches(selection.ports),
    exclude: matches(selection.exclude),
    excludeInterfaces: options.excludeInterfaces.value,
    excludeCidrs,
  })

  const inCidrs = networks(options.inboundExcludeCidrs, excludesAll(options.inboundPorts))
  const outCidrs = networks(options.outboundExcludeCidrs, excludesAll(options.outboundPorts))
  const cidrs = networks(options.outboundCidrs, ['is every address, as without this option', 'Remove it'])
  const isEither = options.outboundPortsOrCidrs.value && cidrs.length > 0
  const outPorts =
    selectPorts(options.outboundPorts, options.outboundExcludePorts, diagnostics) ?? (isEither ? NO_PORTS : null)
  const inbound: Inbound | null = inPorts && {
    ...select(inPorts, inCidrs),
    localOnly: options.inboundLocalOnly.value,
    exemptSsh: inPorts.all && exemptSsh,
  }
  const outSelection = outPorts && select(outPorts, outCidrs)
  const outbound: Outbound | null = outSelection && {
    ...outSelection,
    cidrs,
    destinations: destinationsOf(outSelection, cidrs, isEither),
    users: options.outboundUsers.value,
    groups: options.outboundGroups.value,
    excludeUsers: options.outboundExcludeUsers.value,
    excludeGroups: options.outboundExcludeGroups.value,
    excludePortsForUsers: options.outboundExcludePortsForUsers.value.flatMap(({ user, ports }) =>
      matches(ports).map((match) => ({ user, ...match })),
    ),
  }
  const { name, value: rerouted } = options.rerouteInterfaces
  if (rerouted.includes('lo'))
    diagnostics.error(name, 'lo', 'lets nothing in: what this machine sends to itself passes OUTPUT', 'Remove it')
  for (const each of rerouted.filter((each) => options.excludeInterfaces.value.includes(each)))
    diagnostics.warn(
      'included-and-excluded',
      `${name} has ${each} of ${options.excludeInterfaces.name}: what comes in by it is redirected all the same`,
    )
  const comments = options.comments.value
  const owners = options.apisixUser.value
  const redirectSelfCalls = options.redirectSelfCalls.value
  const interception: Interception = {
    ...families,
    proxyPort: options.apisixPort.value,
    inboundCapturePort: options.apisixInboundCapturePort.value ?? null,
    owners,
    redirectSelfCalls,
    inbound,
    outbound,
    rerouteInterfaces: outbound ? rerouted : [],
    isolate:
      options.isolate.value ||
      comments ||
      redirectSelfCalls ||
      owners.length > 1 ||
      owners.some(({ gid }) => gid === null) ||
      (outbound !== null && isBeyondDocumented(outbound)),
    comments,
    jumpFirst: options.jumpPosition.value === 'first',
  }
  reportWarnings(interception, { inPorts, outPorts, options }, diagnostics)
  return interception
}

const NO_PORTS: PortSelection = { all: false, ports: [], exclude: [] }

function selectPorts(
  include: Given<PortRange[] | '*'>,
  exclude: Given<PortRange[] | '*'>,
  diagnostics: Diagnostics,
): PortSelection | null {
  const [ports, excluded] = [include.value, exclude.value]
  if (excluded === '*') {
    diagnostics.error(exclude.name, '*', 'excludes every port', `Remove ${include.name} instead`)
    return null
  }
  if (ports === '*') return { all: true, ports: [], exclude: excluded }
  if (excluded.length > 0) {
    diagnostics.warn('exclude-without-all', `${exclude.name} has no effect unless ${include.name} is '*'`)
    if (ports.some(({ first, last }) => excluded.some((other) => other.first <= last && first <= other.last)))
      diagnostics.warn(
        'included-and-excluded',
        `${exclude.name} has ports of ${include.name}, which are redirected all the same`,
      )
  }
  return ports.length > 0 ? { all: false, ports, exclude: [] } : null
}

/** Port 22 is written once, in front, also when it is excluded by hand. */
function withoutSsh(selection: PortSelection | null, exemptSsh: boolean): PortSelection | null {
  if (!selection?.all || !exemptSsh) return selection
  return { ...selection, exclude: selection.exclude.filter(({ first, last }) => first !== 22 || last !== 22) }
}

/**
 * The networks of the families that are meant.
 *
 * @param ofAll what it means to name all addresses, and the remedy
 */
function networksOf(
  { name, value }: Given<ListedNetwork[]>,
  families: Families,
  ofAll: [problem: string, remedy: string],
  diagnostics: Diagnostics,
): Network[] {
  return value.flatMap(({ cidr, family, item }) => {
    const lines = families[family]
    if (cidr.endsWith('/0')) diagnostics.error(name, item, ...ofAll)
    else if (!lines)
      diagnostics.warn(
        'no-effect',
        `${name}: ${item} has no effect, because --ip-family leaves ${FAMILY_NAMES[family]} out`,
      )
    return lines ? [{ cidr, only: lines.only }] : []
  })
}

/** Ports of the networks, or with `either` all of the networks, and the ports anywhere. */
function destinationsOf(
  { all, ports }: { all: boolean; ports: PortMatch[] },
  cidrs: Network[],
  either: boolean,
): Destination[] {
  const anywhere = { only: '', cidr: null }
  const everyPort: Destination['ports'][] = [null]
  const selected = all ? everyPort : ports
  const pairs = (networks: { only: string; cidr: string | null }[], each: Destination['ports'][]) =>
    networks.flatMap(({ only, cidr }) => each.map((match) => ({ only, cidr, ports: match })))
  if (cidrs.length === 0) return pairs([anywhere], selected)
  return either ? [...pairs(cidrs, everyPort), ...pairs([anywhere], selected)] : pairs(cidrs, selected)
}

/** Whether an outbound rule has a form that cannot be told from foreign rules in OUTPUT itself. */
function isBeyondDocumented(outbound: Outbound): boolean {
  const { excludeInterfaces, excludeCidrs, cidrs, excludeUsers, excludeGroups, excludePortsForUsers, users, groups } =
    outbound
  const lists = [
    excludeInterfaces,
    excludeCidrs,
    cidrs,
    excludeUsers,
    excludeGroups,
    excludePortsForUsers,
    users,
    groups,
  ]
  const isMultiport = ({ match }: PortMatch) => match !== '--dport'
  return lists.some((list) => list.length > 0) || [...outbound.ports, ...outbound.exclude].some(isMultiport)
}
