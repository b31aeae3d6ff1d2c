import type { Network, PortMatch } from '../interception/interception'
import { joined } from '../interception/matches'
import { maskOf } from '../ruleset/networks'
import { rangeOf } from '../ruleset/ranges'

/** A named set, with its elements as nft takes them. */
export interface NftSet {
  name: string
  type: 'inet_service' | 'ipv4_addr' | 'ipv6_addr' | 'uid' | 'gid'
  elements: string
}

/** The networks of one family and prefix length, as a rule matches them: the masked address is in a set. */
export interface NetworkMatch {
  ip: 'ip' | 'ip6'
  /** As in ` & 255.0.0.0`; empty for single addresses. */
  mask: string
  set: string
}

/** The single ports or ids of a list, each once, and its ranges without overlaps, as nft writes them: `8000-8010`. */
export function splitRanges(texts: string[]): { single: string[]; ranges: string[] } {
  const all = texts.map(rangeOf)
  const single = all.filter(([first, last]) => first === last).map(([first]) => `${first}`)
  const ranges = all.filter(([first, last]) => first < last).map(([first, last]) => ({ first, last }))
  return { single: [...new Set(single)], ranges: joined(ranges).map(({ first, last }) => `${first}-${last}`) }
}

/** What rules match for a list of ports or ids: the set of the single ones, which is added to `sets`, and each range. */
export function matchesOf(name: string, type: NftSet['type'], texts: string[], sets: NftSet[]): string[] {
  const { single, ranges } = splitRanges(texts)
  if (single.length === 0) return ranges
  sets.push({ name, type, elements: single.join(', ') })
  return [`@${name}`, ...ranges]
}

/** The ports and ranges of rules of iptables. */
export const portsOf = (matches: PortMatch[]): string[] => matches.flatMap(({ ports }) => ports.split(','))

/** What rules match for networks: the set of those of one family and prefix length, each of which is added to `sets`. */
export function networkMatchesOf(name: string, networks: Network[], sets: NftSet[]): NetworkMatch[] {
  const groups = groupBy(networks, ({ cidr }) => `${cidr.includes(':') ? 'ipv6' : 'ipv4'}_${cidr.split('/')[1]}`)
  return [...groups].map(([kind, alike]) => {
    const isIpv4 = kind.startsWith('ipv4')
    const set = `${name}_${kind}`
    const elements = alike.map(({ cidr }) => cidr.split('/')[0]).join(', ')
    sets.push({ name: set, type: isIpv4 ? 'ipv4_addr' : 'ipv6_addr', elements })
    const isAddress = kind === 'ipv4_32' || kind === 'ipv6_128'
    return { ip: isIpv4 ? 'ip' : 'ip6', mask: isAddress ? '' : ` & ${maskOf(alike[0]?.cidr ?? '')}`, set }
  })
}

/** Items by their keys, in the order of the first of each. */
export function groupBy<Item>(items: Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
