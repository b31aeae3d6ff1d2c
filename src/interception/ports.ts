import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from '../options/input'
import type { PortMatch } from './interception'
import { type ReadText, readItems } from './lists'
import { single } from './values'

/** Ports from the first to the last, both included: 1–65535, and as a rule matches them. */
export interface PortRange extends PortMatch {
  first: number
  last: number
}

export const portRange = (first: number, last: number, ports = textOf(first, last)): PortRange => ({
  match: '--dport',
  ports,
  first,
  last,
})

/** Which ports are meant, before they become matches. */
export interface PortSelection {
  all: boolean
  ports: PortRange[]
  exclude: PortRange[]
}

const USE_PORT = 'Use a number from 1 to 65535, without sign or leading zeros'

/** A port as written: decimal, 1–65535. Names and 0, which the kernel accepts (facts 11), are no ports to intercept. */
export function parsePort(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65535 ? port : undefined
}

/** A port, or a range written `8000-8010` or `8000:8010`. */
export function parseRange(text: string): PortRange | undefined {
  const port = parsePort(text)
  if (port !== undefined) return portRange(port, port, text)
  const between = text.search(/[-:]/)
  const first = parsePort(text.slice(0, between))
  const last = parsePort(text.slice(between + 1))
  return first !== undefined && last !== undefined && first <= last ? portRange(first, last) : undefined
}

/** The port of an option that takes one; undefined when it was not given or is faulty. */
export function readPort(given: OptionInput, diagnostics: Diagnostics): number | undefined {
  const value = single(given, diagnostics)
  if (value === undefined) return undefined
  const port = parsePort(value)
  if (port === undefined) diagnostics.error(given.name, value, 'is not a port', USE_PORT)
  return port
}

/** The ports of a list option, in the order given and each item once, or `'*'` for all. */
export function readPorts(given: OptionInput, readText: ReadText, diagnostics: Diagnostics): PortRange[] | '*' {
  const items = readItems(given, readText, diagnostics)
  const ranges: PortRange[] = []
  const seen = new Set<string>()
  for (const item of items) {
    if (item === '*') continue
    const range = parseRange(item)
    if (range === undefined) {
      diagnostics.error(given.name, item, ...problemOf(item))
      continue
    }
    if (seen.has(range.ports)) diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    else ranges.push(range)
    seen.add(range.ports)
  }
  if (!items.includes('*')) return ranges
  if (ranges.length > 0)
    diagnostics.error(
      given.name,
      items.slice(0, 5).join(','),
      "mixes '*' with ports",
      "Use '*' alone: it means all ports",
    )
  return '*'
}

/** What is wrong with an item that is no port and no range. */
function problemOf(item: string): [problem: string, remedy: string] {
  const turned = item.split(/[-:]/).reverse().join('-')
  if (parseRange(turned)) return ['is backwards', `Use ${turned}`]
  return ['is not a port', `${USE_PORT}, a range as in 8000-8010, or '*' for all`]
}

/** One match a port or range, or with `compact` neighbours joined and up to 15 slots in one: a range takes two (facts 11). */
export function matchesOf(ranges: PortRange[], compact: boolean): PortMatch[] {
  if (!compact) return ranges
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
    ports: group.map(({ ports }) => ports).join(','),
  }))
}

/** The same ports in rising order, with ranges that touch or overlap made one. */
export function joined(ranges: PortRange[]): PortRange[] {
  const result: PortRange[] = []
  for (const range of ranges.toSorted((one, other) => one.first - other.first)) {
    const before = result.at(-1)
    if (before && range.first <= before.last + 1)
      result[result.length - 1] = portRange(before.first, Math.max(before.last, range.last))
    else result.push(range)
  }
  return result
}

/** As iptables takes and prints it: `80`, `8000:8010`. */
function textOf(first: number, last: number): string {
  return first === last ? String(first) : `${first}:${last}`
}
