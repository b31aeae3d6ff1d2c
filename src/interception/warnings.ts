import type { Chosen } from './chosen'
import { networksAround } from './cidrs'
import type { Report } from './diagnostics'
import type { Interception } from './interception'
import { reportNeverMatches } from './never-matches'

/** Warns of what is probably not meant, as far as the options alone show it. */
export function reportWarnings(interception: Interception, chosen: Chosen, report: Report): void {
  const { inbound, outbound, owner } = interception
  const { options } = chosen
  if (!inbound && !outbound)
    report.warn(
      'nothing-intercepted',
      `nothing is intercepted: give ${options.inboundPorts.name} or ${options.outboundPorts.name} ('*' means all)`,
    )
  if (options.apisixUser.values.length === 0)
    report.warn(
      'default-user',
      `the proxy is taken to run as nobody (${owner.uid}:${owner.gid}), and as another user it would get its own traffic back: give ${options.apisixUser.name}`,
    )
  for (const [address, network] of redirectedLoopbacks(interception))
    report.warn(
      'loopback-redirected',
      `${options.outboundPorts.name} '*' redirects connections to ${address} too: --exclude-interfaces lo excludes all that stays on this machine, --outbound-exclude-cidrs ${network} this network alone`,
    )
  if (owner.uid === 0)
    report.warn(
      'root-bypasses',
      'uid 0 is given as the proxy: give the proxy a user of its own, or root is taken for it',
    )
  if (owner.gid === 0)
    report.warn(
      'group-0-bypasses',
      'gid 0 is given as the proxy: every process of that group bypasses it: give another group',
    )
  reportNoEffect(interception, chosen, report)
  reportProxyPorts(interception, chosen, report)
  reportNeverMatches(interception, chosen, report)
}

/** The loopback addresses that outbound `*` does not leave alone, and the networks that would. */
function redirectedLoopbacks({ ipv4, ipv6, outbound }: Interception): [address: string, network: string][] {
  if (!outbound?.all || outbound.cidrs.length > 0 || outbound.excludeInterfaces.includes('lo')) return []
  const loopbacks: [string, string, boolean][] = [
    ['127.0.0.1', '127.0.0.0/8', ipv4 !== null],
    ['::1', '::1/128', ipv6 !== null],
  ]
  return loopbacks.flatMap(([address, network, isMeant]) => {
    const around = networksAround(address.includes(':') ? network : `${address}/32`)
    return !isMeant || outbound.excludeCidrs.some(({ cidr }) => around.has(cidr)) ? [] : [[address, network]]
  })
}

function reportNoEffect({ inbound, outbound }: Interception, { options, owners }: Chosen, report: Report): void {
  const warn = (name: string, needs: string) =>
    report.warn('no-effect', `${name} has no effect without ${needs}: give it, or leave ${name} out`)
  const outOnly = [options.outboundCidrs, options.outboundExcludeCidrs].filter(({ values }) => values.some(Boolean))
  if (!inbound && options.inboundExcludeCidrs.values.some(Boolean))
    warn(options.inboundExcludeCidrs.name, options.inboundPorts.name)
  if (outbound) return
  for (const { name } of outOnly) warn(name, options.outboundPorts.name)
  const owned = [
    [options.outboundExcludeUsers, owners.excludeUsers],
    [options.outboundExcludeGroups, owners.excludeGroups],
    [options.outboundExcludePortsForUsers, owners.excludePortsForUsers],
  ] as const
  for (const [{ name }, list] of owned) if (list.length > 0) warn(name, options.outboundPorts.name)
}

/** Only inbound: outbound it is a port of other machines, and beside another port for inbound traffic it may be meant. */
function reportProxyPorts(
  { proxyPort, inboundCapturePort }: Interception,
  { inPorts, options }: Chosen,
  report: Report,
): void {
  const port = inboundCapturePort ?? proxyPort
  if (inPorts?.exclude.some(({ first, last }) => first === port && port === last))
    report.warn(
      'proxy-port-excluded',
      `${options.inboundExcludePorts.name} names ${port}, to which inbound traffic is redirected anyway: it need not be excluded`,
    )
}
