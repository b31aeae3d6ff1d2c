import type { OptionInput } from '../options/input'
import { readCidrs } from './cidrs'
import type { Report } from './diagnostics'
import { readFamilies } from './families'
import type { Inbound, Interception, Network, Outbound, PortMatch, Selection } from './interception'
import { readInterfaces } from './interfaces'
import type { ReadText } from './lists'
import type { Options } from './options'
import { type Lookup, readOwners } from './owners'
import { matchesOf, type PortRange, type PortSelection, readPort, readPorts } from './ports'
import { choice, flag, single } from './values'
import { reportWarnings } from './warnings'

const PROXY_PORT = 9080

/** Options to model. Every faulty value and every doubt goes into `report`; the model holds only when it has no fault. */
export function readInterception(options: Options, lookup: Lookup, report: Report): Interception {
  const { readText } = lookup
  const owners = readOwners(options, lookup, report)
  readMode(options.inboundInterceptionMode, report)
  const families = readFamilies(options.ipFamily, report)
  const proxyPort = readPort(options.apisixPort, report) ?? PROXY_PORT
  const inboundCapturePort = readPort(options.apisixInboundCapturePort, report) ?? null
  const exemptSsh = !flag(options.noSshExempt, report)
  const inPorts = withoutSsh(
    readSelection(options.inboundPorts, options.inboundExcludePorts, readText, report),
    exemptSsh,
  )
  const outPorts = readSelection(options.outboundPorts, options.outboundExcludePorts, readText, report)
  const excludeInterfaces = readInterfaces(options.excludeInterfaces, readText, report)
  const readNetworks = (given: OptionInput, ofAll: string) => readCidrs(given, ofAll, { families, readText }, report)
  const excludesAll = ({ name }: OptionInput) => `excludes every address: to redirect none of them, leave ${name} out`
  const inCidrs = readNetworks(options.inboundExcludeCidrs, excludesAll(options.inboundPorts))
  const outCidrs = readNetworks(options.outboundExcludeCidrs, excludesAll(options.outboundPorts))
  const cidrs = readNetworks(options.outboundCidrs, 'is every address, as without this option: leave it out')
  const compact = flag(options.compact, report)
  const comments = flag(options.comments, report)
  const jumpFirst = choice(options.jumpPosition, ['last', 'first'], 'last', report) === 'first'
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
  const isolate = flag(options.isolate, report) || comments || (outbound !== null && isBeyondDocumented(outbound))
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
  reportWarnings(interception, { inPorts, outPorts, compact, owners, options }, report)
  return interception
}

function readSelection(
  include: OptionInput,
  exclude: OptionInput,
  readText: ReadText,
  report: Report,
): PortSelection | null {
  const ports = readPorts(include, readText, report)
  const excluded = readPorts(exclude, readText, report)
  if (excluded === '*') {
    report.fault(exclude.name, '*', `excludes everything: leave ${include.name} out instead`)
    return null
  }
  if (ports === '*') return { all: true, ports: [], exclude: excluded }
  if (excluded.length > 0) {
    report.warn('exclude-without-all', `${exclude.name} has no effect unless ${include.name} is '*'`)
    if (ports.some(({ first, last }) => excluded.some((other) => other.first <= last && first <= other.last)))
      report.warn('included-and-excluded', `${exclude.name} names ports of ${include.name}: they are intercepted`)
  }
  return ports.length > 0 ? { all: false, ports, exclude: [] } : null
}

/** Port 22 is written once, in front, also when it is excluded by hand. */
function withoutSsh(selection: PortSelection | null, exemptSsh: boolean): PortSelection | null {
  if (!selection?.all || !exemptSsh) return selection
  return { ...selection, exclude: selection.exclude.filter(({ first, last }) => first !== 22 || last !== 22) }
}

/** Whether an outbound rule has a form that cannot be told from rules of others in OUTPUT itself. */
function isBeyondDocumented(outbound: Outbound): boolean {
  const lists = [outbound.excludeInterfaces, outbound.excludeCidrs, outbound.cidrs, outbound.excludePortsForUsers]
  const isMultiport = ({ match }: PortMatch) => match !== '--dport'
  return (
    [...lists, outbound.excludeUsers, outbound.excludeGroups].some((list) => list.length > 0) ||
    [...outbound.ports, ...outbound.exclude].some(isMultiport)
  )
}

function readMode(mode: OptionInput | undefined, report: Report): void {
  if (!mode) return
  const value = single(mode, report) ?? 'REDIRECT'
  if (value === 'TPROXY')
    report.fault(mode.name, value, 'needs the mangle table and policy routes, which are not set up here: use REDIRECT')
  else if (value !== 'REDIRECT') report.fault(mode.name, value, 'is not an interception mode: use REDIRECT')
}
