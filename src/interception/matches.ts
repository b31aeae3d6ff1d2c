import type { PortRange } from '../options/ports'
import type { PortMatch } from './interception'

/** One match a port or range, or with `compact` neighbours joined and up to 15 slots in one: a range takes two (facts 11). */
export function matchesOf(ranges: PortRange[], compact: boolean): PortMatch[] {
  if (!compact) return ranges.map((range) => ({ match: '--dport', ports: textOf(range) }))
  const groups: PortRange[][] = []
  let slots = 0
  for (const range of joined(ranges)) {
    const size = range.first === range.last ? 1 : 2
    if (slots < size) {
      groups.push([])
      slots = 15
    }
    groups.at(-1)?.push(range)
    slots -= size
  }
  return groups.map((group) => ({
    match: group.length > 1 ? '-m multiport --dports' : '--dport',
    ports: group.map(textOf).join(','),
  }))
}

/** The same ports in rising order, with ranges that touch or overlap made one. */
export function joined(ranges: PortRange[]): PortRange[] {
  const result: PortRange[] = []
  for (const { first, last } of ranges.toSorted((one, other) => one.first - other.first)) {
    const before = result.at(-1)
    if (before && first <= before.last + 1)
      result[result.length - 1] = { first: before.first, last: Math.max(before.last, last) }
    else result.push({ first, last })
  }
  return result
}

/** As iptables takes and prints it: `80`, `8000:8010`. */
function textOf({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}:${last}`
}
