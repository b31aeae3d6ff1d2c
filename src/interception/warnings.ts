import type { Diagnostics } from '../diagnostics/diagnostics'
import { ownerText } from '../options/owners'
import { networksAround } from '../ruleset/networks'
import type { Interception } from './interception'
import { type Chosen, reportNeverMatches } from './never-matches'

/** Warns of what is probably not meant, as far as the options alone show it. */
export function reportWarnings(interception: Interception, chosen: Chosen, diagnostics: Diagnostics): void {
  const { inbound, outbound, owners } = interception
  const { options } = chosen
  if (!inbound && !outbound)
    diagnostics.warn(
      'nothing-intercepted',
      'nothing is intercepted',
      `Use ${options.inboundPorts.name} or ${options.outboundPorts.name} ('*' means all ports)`,
    )
  if (!options.apisixUser.isGiven)
    diagnostics.warn(
      'default-user',
      `the proxy is assumed to run as nobody (${owners.map(ownerText)}). If it runs as another user, its own traffic is redirected back to it`,
      `Use ${options.apisixUser.name}`,
    )
  for (const [address, network] of redirectedLoopbacks(interception))
    diagnostics.warn(
      'loopback-redirected',
      `${options.outboundPorts.name} '*' redirects connections to ${address} too`,
      `Use --exclude-interfaces lo to exclude everything that stays on this machine, or --outbound-exclude-cidrs ${network} to exclude this network alone`,
    )
  if (owners.some(({ uid }) => uid === 0))
    diagnostics.warn(
      'root-bypasses',
      'uid 0 is the proxy, so that every process of root bypasses it',
      'Give the proxy its own user',
    )
  if (owners.some(({ gid }) => gid === 0))
    diagnostics.warn(
      'group-0-bypasses',
      'gid 0 is the group of the proxy, so that every process of that group bypasses it',
      'Give the proxy its own group',
    )
  reportNoEffect(interception, chosen, diagnostics)
  reportProxyPorts(interception, chosen, diagnostics)
  reportNeverMatches(interception, chosen, diagnostics)
}

/** The loopback addresses that outbound `*` does not leave alone, and the networks that would. */
function redirectedLoopbacks({ ipv4, ipv6, outbound }: Interception): [address: string, network: string][] {
  const isEverywhere = outbound?.destinations.some(({ cidr, ports }) => cidr === null && ports === null)
  if (!outbound || !isEverywhere || outbound.excludeInterfaces.includes('lo')) return []
  const loopbacks: [string, string, boolean][] = [
    ['127.0.0.1', '127.0.0.0/8', ipv4 !== null],
    ['::1', '::1/128', ipv6 !== null],
  ]
  return loopbacks.flatMap(([address, network, isMeant]) => {
    const around = networksAround(address.includes(':') ? network : `${address}/32`)
    return !isMeant || outbound.excludeCidrs.some(({ cidr }) => around.has(cidr)) ? [] : [[address, network]]
  })
}

function reportNoEffect({ inbound, outbound }: Interception, { options }: Chosen, diagnostics: Diagnostics): void {
  const warn = (name: string, needs: string) =>
    diagnostics.warn('no-effect', `${name} has no effect without ${needs}`, `Add ${needs}, or remove ${name}`)
  const outOnly = [
    options.outboundUsers,
    options.outboundGroups,
    options.rerouteInterfaces,
    options.outboundCidrs,
    options.outboundExcludeCidrs,
    options.outboundExcludeUsers,
    options.outboundExcludeGroups,
    options.outboundExcludePortsForUsers,
  ]
  if (!inbound && options.inboundExcludeCidrs.value.length > 0)
    warn(options.inboundExcludeCidrs.name, options.inboundPorts.name)
  if (!inbound && options.inboundLocalOnly.value) warn(options.inboundLocalOnly.name, options.inboundPorts.name)
  if (options.outboundPortsOrCidrs.value && !outbound?.cidrs.length)
    warn(options.outboundPortsOrCidrs.name, options.outboundCidrs.name)
  if (!outbound) for (const { name, value } of outOnly) if (value.length > 0) warn(name, options.outboundPorts.name)
}

/** Only inbound: outbound it is a port of other machines, and beside another port for inbound traffic it may be meant. */
function reportProxyPorts(
  { proxyPort, inboundCapturePort }: Interception,
  { inPorts, options }: Chosen,
  diagnostics: Diagnostics,
): void {
  const port = inboundCapturePort ?? proxyPort
  if (inPorts?.exclude.some(({ first, last }) => first === port && port === last))
    diagnostics.warn(
      'proxy-port-excluded',
      `${options.inboundExcludePorts.name} has ${port}, the port that inbound traffic is redirected to`,
      'It need not be excluded',
    )
}
