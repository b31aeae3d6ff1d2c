import type { Given } from './given'
import type { Interception, Owner, Selection } from './interception'
import { readPort, readPorts } from './ports'
import type { Report } from './report'
import { single } from './values'

/** The options that say which ports are meant, by their names in a program. */
export const PORT_OPTIONS = [
  'apisixPort',
  'apisixInboundCapturePort',
  'inboundPorts',
  'outboundPorts',
  'inboundExcludePorts',
  'outboundExcludePorts',
] as const

/** What was given for each option that says what is intercepted, but for the owner. */
export type Options = Record<(typeof PORT_OPTIONS)[number] | 'inboundInterceptionMode', Given>

const PROXY_PORT = 9080

/** Options to model. Every faulty value and every doubt goes into `report`; the model holds only when it has no fault. */
export function readInterception(options: Options, owner: Owner, report: Report): Interception {
  readMode(options.inboundInterceptionMode, report)
  const inbound = readSelection(options.inboundPorts, options.inboundExcludePorts, report)
  const outbound = readSelection(options.outboundPorts, options.outboundExcludePorts, report)
  if (!inbound && !outbound)
    report.warn(
      'nothing-intercepted',
      `nothing is intercepted: give ${options.inboundPorts.name} or ${options.outboundPorts.name} ('*' means all)`,
    )
  return {
    proxyPort: readPort(options.apisixPort, report) ?? PROXY_PORT,
    inboundCapturePort: readPort(options.apisixInboundCapturePort, report) ?? null,
    owner,
    inbound: inbound && withSshExemption(inbound),
    outbound,
  }
}

function readSelection(include: Given, exclude: Given, report: Report): Selection | null {
  const ports = readPorts(include, report)
  const excluded = readPorts(exclude, report)
  if (excluded === '*') {
    report.fault(exclude.name, '*', `excludes everything: leave ${include.name} out instead`)
    return null
  }
  if (ports === '*') return { all: true, ports: [], exclude: excluded }
  if (excluded.length > 0)
    report.warn('exclude-without-all', `${exclude.name} has no effect unless ${include.name} is '*'`)
  return ports.length > 0 ? { all: false, ports, exclude: [] } : null
}

/** Whoever intercepts all must still be able to log in. The template writes the exemption once, in front. */
function withSshExemption(inbound: Selection): Interception['inbound'] {
  return { ...inbound, exemptSsh: inbound.all, exclude: inbound.exclude.filter((port) => port !== 22) }
}

function readMode(mode: Given, report: Report): void {
  const value = single(mode, report) ?? 'REDIRECT'
  if (value === 'TPROXY')
    report.fault(mode.name, value, 'needs the mangle table and policy routes, which are not set up here: use REDIRECT')
  else if (value !== 'REDIRECT') report.fault(mode.name, value, 'is not an interception mode: use REDIRECT')
}
