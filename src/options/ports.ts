import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from './input'
import { type Lookup, readItems } from './lists'
import { single } from './values'

/** Ports from the first to the last, both included: 1–65535. */
export interface PortRange {
  first: number
  last: number
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
  if (port !== undefined) return { first: port, last: port }
  const between = text.search(/[-:]/)
  const first = parsePort(text.slice(0, between))
  const last = parsePort(text.slice(between + 1))
  return first !== undefined && last !== undefined && first <= last ? { first, last } : undefined
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
export function readPorts(given: OptionInput, lookup: Lookup, diagnostics: Diagnostics): PortRange[] | '*' {
  const items = readItems(given, lookup, diagnostics)
  const ranges = new Map<number, PortRange>()
  for (const item of items) {
    if (item === '*') continue
    const range = parseRange(item)
    if (range === undefined) {
      diagnostics.error(given.name, item, ...problemOf(item))
      continue
    }
    const key = range.first * 65536 + range.last
    if (ranges.has(key)) diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    else ranges.set(key, range)
  }
  if (!items.includes('*')) return [...ranges.values()]
  if (ranges.size > 0)
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
  const [, last] = /^0[-:](\d+)$/.exec(item) ?? []
  if (last !== undefined && parsePort(last))
    return ['starts at 0, which is no port', `Use 1-${last}${last === '65535' ? ", or '*' for all" : ''}`]
  const turned = item.split(/[-:]/).reverse().join('-')
  if (parseRange(turned)) return ['is backwards', `Use ${turned}`]
  return ['is not a port', `${USE_PORT}, a range as in 8000-8010, or '*' for all`]
}
