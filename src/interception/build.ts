import type { Diagnostics } from '../diagnostics/diagnostics'
import type { ListedNetwork } from '../options/networks'
import type { Given } from '../options/parse'
import type { PortRange } from '../options/ports'
import { FAMILY_NAMES, type Families, familiesNamed } from './families'
import type { Inbound, Interception, Network, Outbound, PortMatch, Selection } from './interception'
import { matchesOf } from './matches'
import type { PortSelection } from './never-matches'
import type { Options } from './options'
import { reportWarnings } from './warnings'

/** The model of what the options want. What is wrong or may surprise goes into `diagnostics`; the model holds only without errors. */
export function buildInterception(options: Options, diagnostics: Diagnostics): Interception {
  const families = familiesNamed(options.ipFamily.value)
  const exemptSsh = !options.noSshExempt.value
  const inPorts = withoutSsh(selectPorts(options.inboundPorts, options.inboundExcludePorts, diagnostics), exemptSsh)
  const outPorts = selectPorts(options.outboundPorts, options.outboundExcludePorts, diagnostics)
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
  const inbound: Inbound | null = inPorts && { ...select(inPorts, inCidrs), exemptSsh: inPorts.all && exemptSsh }
  const outbound: Outbound | null = outPorts && {
    ...select(outPorts, outCidrs),
    cidrs,
    excludeUsers: options.outboundExcludeUsers.value,
    excludeGroups: options.outboundExcludeGroups.value,
    excludePortsForUsers: options.outboundExcludePortsForUsers.value.flatMap(({ user, ports }) =>
      matches(ports).map((match) => ({ user, ...match })),
    ),
  }
  const comments = options.comments.value
  const interception: Interception = {
    ...families,
    proxyPort: options.apisixPort.value,
    inboundCapturePort: options.apisixInboundCapturePort.value ?? null,
    owner: options.apisixUser.value,
    inbound,
    outbound,
    isolate: options.isolate.value || comments || (outbound !== null && isBeyondDocumented(outbound)),
    comments,
    jumpFirst: options.jumpPosition.value === 'first',
  }
  reportWarnings(interception, { inPorts, outPorts, options }, diagnostics)
  return interception
}

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

/** Whether an outbound rule has a form that cannot be told from foreign rules in OUTPUT itself. */
function isBeyondDocumented(outbound: Outbound): boolean {
  const lists = [outbound.excludeInterfaces, outbound.excludeCidrs, outbound.cidrs, outbound.excludePortsForUsers]
  const isMultiport = ({ match }: PortMatch) => match !== '--dport'
  return (
    [...lists, outbound.excludeUsers, outbound.excludeGroups].some((list) => list.length > 0) ||
    [...outbound.ports, ...outbound.exclude].some(isMultiport)
  )
}
