import type { Diagnostics } from '../diagnostics/diagnostics'
import type { PortRange } from '../options/ports'
import { networksAround } from '../ruleset/networks'
import type { Interception, Network } from './interception'
import type { Options } from './options'

/** Warns of rules that never match: an earlier one that is alike but for its ports or networks leaves nothing for them. */
export function reportNeverMatches(
  { inbound, outbound }: Interception,
  { inPorts, outPorts, options }: Chosen,
  diagnostics: Diagnostics,
): void {
  const warn = (name: string, what: string) =>
    diagnostics.warn(
      'never-matches',
      `${name}: ${what} never matches, because an earlier rule matches all of it`,
      `Remove ${what}`,
    )
  const exempt = inbound?.exemptSsh ? [{ first: 22, last: 22 }] : []
  const portLists = [
    [options.inboundExcludePorts, [...exempt, ...(inPorts?.exclude ?? [])]],
    [options.inboundPorts, inPorts?.ports],
    [options.outboundExcludePorts, outPorts?.exclude],
    [options.outboundPorts, outPorts?.ports],
  ] as const
  if (!options.compact.value)
    for (const [{ name }, ranges] of portLists)
      for (const { first, last } of coveredPorts(ranges ?? []))
        warn(name, first === last ? `${first}` : `${first}-${last}`)
  for (const cidr of coveredNetworks(texts(inbound?.excludeCidrs))) warn(options.inboundExcludeCidrs.name, cidr)
  const outCidrs = texts(outbound?.excludeCidrs)
  for (const cidr of coveredNetworks(outCidrs)) warn(options.outboundExcludeCidrs.name, cidr)
  for (const cidr of coveredNetworks([...outCidrs, ...texts(outbound?.cidrs)]))
    if (texts(outbound?.cidrs).includes(cidr)) warn(options.outboundCidrs.name, cidr)
}

function coveredPorts(ranges: readonly PortRange[]): PortRange[] {
  // No port is listed twice: only a range covers others.
  if (!ranges.some(({ first, last }) => first < last)) return []
  const seen = new Uint8Array(65536)
  return ranges.filter(({ first, last }) => {
    let isCovered = true
    for (let port = first; port <= last; port++) {
      if (!seen[port]) isCovered = false
      seen[port] = 1
    }
    return isCovered
  })
}

function coveredNetworks(cidrs: string[]): string[] {
  const seen = new Set<string>()
  return cidrs.filter((cidr) => {
    const isCovered = [...networksAround(cidr)].some((network) => seen.has(network))
    seen.add(cidr)
    return isCovered
  })
}

const texts = (networks: Network[] = []) => networks.map(({ cidr }) => cidr)

/** Which ports are meant, before they become matches. */
export interface PortSelection {
  all: boolean
  ports: PortRange[]
  exclude: PortRange[]
}

/** What the options chose, beyond the model that it became: what a warning names. */
export interface Chosen {
  inPorts: PortSelection | null
  outPorts: PortSelection | null
  options: Options
}
