import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from '../options/input'
import { readCidrs } from './cidrs'
import { readFamilies } from './families'
import type { Inbound, Interception, Network, Outbound, PortMatch, Selection } from './interception'
import { type ReadText, readInterfaces } from './lists'
import type { Options } from './options'
import { type Lookup, readOwners } from './owners'
import { matchesOf, type PortRange, type PortSelection, readPort, readPorts } from './ports'
import { choice, flag, single } from './values'
import { reportWarnings } from './warnings'

const PROXY_PORT = 9080

/** Options to model. Every error and warning goes into `diagnostics`; the model holds only without errors. */
export function readInterception(options: Options, lookup: Lookup, diagnostics: Diagnostics): Interception {
  const { readText } = lookup
  const owners = readOwners(options, lookup, diagnostics)
  readMode(options.inboundInterceptionMode, diagnostics)
  const families = readFamilies(options.ipFamily, diagnostics)
  const proxyPort = readPort(options.apisixPort, diagnostics) ?? PROXY_PORT
  const inboundCapturePort = readPort(options.apisixInboundCapturePort, diagnostics) ?? null
  const exemptSsh = !flag(options.noSshExempt, diagnostics)
  const inPorts = withoutSsh(
    readSelection(options.inboundPorts, options.inboundExcludePorts, readText, diagnostics),
    exemptSsh,
  )
  const outPorts = readSelection(options.outboundPorts, options.outboundExcludePorts, readText, diagnostics)
  const excludeInterfaces = readInterfaces(options.excludeInterfaces, readText, diagnostics)
  const readNetworks = (given: OptionInput, ofAll: [problem: string, remedy: string]) =>
    readCidrs(given, ofAll, { families, readText }, diagnostics)
  const excludesAll = ({ name }: OptionInput): [string, string] => [
    'excludes every address',
    `Remove ${name} to redirect nothing`,
  ]
  const inCidrs = readNetworks(options.inboundExcludeCidrs, excludesAll(options.inboundPorts))
  const outCidrs = readNetworks(options.outboundExcludeCidrs, excludesAll(options.outboundPorts))
  const cidrs = readNetworks(options.outboundCidrs, ['is every address, as without this option', 'Remove it'])
  const compact = flag(options.compact, diagnostics)
  const comments = flag(options.comments, diagnostics)
  const jumpFirst = choice(options.jumpPosition, ['last', 'first'], 'last', diagnostics) === 'first'
  const matches = (ranges: PortRange[]) => matchesOf(ranges, compact)

  const select = (selection: PortSelection, excludeCidrs: Network[]): Selection => ({
    all: selection.all,
    ports: matches(selection.ports),
    exclude: matches(selection.exclude),
    excludeInterfaces,
    excludeCidrs,
  })
  const inbound: Inbound | null = inPorts && {
    ...select(inPorts, inCidrs),
    exemptSsh: inPorts.all && exemptSsh,
  }
  const outbound: Outbound | null = outPorts && {
    ...select(outPorts, outCidrs),
    cidrs,
    excludeUsers: owners.excludeUsers,
    excludeGroups: owners.excludeGroups,
    excludePortsForUsers: owners.excludePortsForUsers.flatMap(({ user, ports }) =>
      matches(ports).map((match) => ({ user, ...match })),
    ),
  }
  const isolate = flag(options.isolate, diagnostics) || comments || (outbound !== null && isBeyondDocumented(outbound))
  const { owner } = owners
  const interception: Interception = {
    ...families,
    proxyPort,
    inboundCapturePort,
    owner,
    inbound,
    outbound,
    isolate,
    comments,
    jumpFirst,
  }
  reportWarnings(interception, { inPorts, outPorts, compact, owners, options }, diagnostics)
  return interception
}

function readSelection(
  include: OptionInput,
  exclude: OptionInput,
  readText: ReadText,
  diagnostics: Diagnostics,
): PortSelection | null {
  const ports = readPorts(include, readText, diagnostics)
  const excluded = readPorts(exclude, readText, diagnostics)
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

/** Whether an outbound rule has a form that cannot be told from foreign rules in OUTPUT itself. */
function isBeyondDocumented(outbound: Outbound): boolean {
  const lists = [outbound.excludeInterfaces, outbound.excludeCidrs, outbound.cidrs, outbound.excludePortsForUsers]
  const isMultiport = ({ match }: PortMatch) => match !== '--dport'
  return (
    [...lists, outbound.excludeUsers, outbound.excludeGroups].some((list) => list.length > 0) ||
    [...outbound.ports, ...outbound.exclude].some(isMultiport)
  )
}

function readMode(mode: OptionInput | undefined, diagnostics: Diagnostics): void {
  if (!mode) return
  const value = single(mode, diagnostics) ?? 'REDIRECT'
  if (value === 'TPROXY')
    diagnostics.error(
      mode.name,
      value,
      'needs the mangle table and policy routes, which this program does not set up',
      'Use REDIRECT',
    )
  else if (value !== 'REDIRECT') diagnostics.error(mode.name, value, 'is not an interception mode', 'Use REDIRECT')
}
