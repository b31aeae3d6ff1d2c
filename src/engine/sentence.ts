import { oneOf } from '../system/text'
import type { Analysis } from './analyze'
import type { Box } from './boxes'
import { type Cells, complement } from './cells'
import { outcomeParts } from './compile'
import { addressOf, type Dimension, nameRange, prefixRange, type Value } from './conditions'
import type { Space } from './space'

/** Items of a list that are printed; more are counted. */
const MAX_ITEMS = 8

/** Connections in words: `TCP to port 80, of uid 1000, not out by lo`. */
export function describeBox(box: Box, { logic: { space }, hook }: Analysis): string {
  const parts = PHRASE_ORDER.flatMap((dimension) => {
    const cells = box.get(space.indexOf(dimension))
    return cells ? [describeCells(dimension, cells, space, hook === 'PREROUTING')] : []
  })
  const facts = space.facts.flatMap((fact) => {
    const cells = box.get(space.indexOfFact(fact))
    return cells
      ? [`${cells[0]?.[0] === 1 ? 'where' : 'except where'} ${fact.startsWith('-') ? `\`${fact}\` matches` : fact}`]
      : []
  })
  const [first = '', ...rest] = [...parts, ...facts]
  const begin = first === '' ? 'TCP' : `TCP${/^(to|from|of|in|out) /.test(first) ? '' : ','} ${first}`
  return [begin, ...rest].join(', ')
}

/** A whole sentence. */
export function describe(box: Box, outcomes: readonly string[], analysis: Analysis): string {
  const connections = describeBox(box, analysis)
  const ends = box.size > 1 || connections.startsWith('TCP,') ? ',' : ''
  return `${connections}${ends} ${describeOutcomes(outcomes)}.`
}

/** In the order in which they are read. */
const PHRASE_ORDER: readonly Dimension[] = [
  'port',
  'destination',
  'local',
  'source',
  'sourcePort',
  'uid',
  'gid',
  'interface',
]

/** One condition in words, as in `to ports 80, 443` and `not from 10.0.0.0/8`. */
export function describeCells(dimension: Dimension, cells: Cells, space: Space, isInbound: boolean): string {
  if (dimension === 'local') return cells[0]?.[0] === 1 ? 'to this machine' : 'not to this machine'
  const size = space.sizeOf(space.indexOf(dimension))
  const positive = itemsOf(dimension, cells, space)
  const negative = itemsOf(dimension, complement(cells, size), space)
  const lengthOf = (items: string[]) => items.join().length
  const isNegative = negative !== undefined && (positive === undefined || lengthOf(negative) < lengthOf(positive))
  const items = (isNegative ? negative : positive) ?? ['some']
  const shown =
    items.length > MAX_ITEMS ? [...items.slice(0, MAX_ITEMS), `and ${items.length - MAX_ITEMS} more`] : items
  const name = WORDS[dimension](isInbound, items.length > 1 || items.some((item) => item.includes('-')))
  return `${isNegative ? 'not ' : ''}${name} ${shown.join(', ')}`
}

const WORDS: Record<Exclude<Dimension, 'local'>, (isInbound: boolean, isMany: boolean) => string> = {
  port: (_, isMany) => (isMany ? 'to ports' : 'to port'),
  sourcePort: (_, isMany) => (isMany ? 'from ports' : 'from port'),
  destination: () => 'to',
  source: () => 'from',
  uid: () => 'of uid',
  gid: () => 'of gid',
  interface: (isInbound) => (isInbound ? 'in by' : 'out by'),
}

/** The values of cells as items of a list; undefined where they have no short name. */
function itemsOf(dimension: Dimension, cells: Cells, space: Space): string[] | undefined {
  const items: string[] = []
  for (const [first, last] of cells) {
    const [from] = space.rangeOf(dimension, first)
    const [, to] = space.rangeOf(dimension, last)
    const found =
      dimension === 'interface' ? interfaceItems(from as string, to as string) : rangeItems(dimension, from, to)
    if (found === undefined) return undefined
    items.push(...found)
  }
  return items
}

/** Interfaces: a name, or a prefix as in `eth+`. */
function interfaceItems(from: string, to: string | undefined): string[] | undefined {
  if (to === nameRange(from)[1]) return [from]
  return from !== '' && to === prefixRange(from)[1] ? [`${from}+`] : undefined
}

function rangeItems(dimension: Dimension, from: Value, to: Value | undefined): string[] {
  if (dimension !== 'source' && dimension !== 'destination') {
    const last = (to as number) - 1
    return [from === last ? `${from}` : `${from}-${last}`]
  }
  return typeof from === 'bigint' ? networks(from, to as bigint, 128) : networks(BigInt(from), BigInt(to as number), 32)
}

/** The fewest networks that make up a range of addresses. */
function networks(from: bigint, to: bigint, bits: number): string[] {
  const found: string[] = []
  for (let at = from; at < to; ) {
    let size = 0
    while (size < bits && at % 2n ** BigInt(size + 1) === 0n && at + 2n ** BigInt(size + 1) <= to) size++
    const address = addressOf(bits === 32 ? Number(at) : at)
    found.push(size === 0 ? address : `${address}/${bits - size}`)
    at += 2n ** BigInt(size)
  }
  return found
}

/** What becomes of connections, after their name: `is redirected to the proxy, on port 9080`. */
export function describeOutcomes(outcomes: readonly string[]): string {
  const addresses = outcomes.map((outcome) => /^to:([^:].*)$/.exec(outcome)?.[1])
  if (outcomes.length === 1) return describeOutcome(outcomes[0] ?? '')
  if (addresses.every((address) => address !== undefined))
    return `goes by chance to ${oneOf(addresses)}, by foreign rules`
  return `by chance ${outcomes.map(describeOutcome).join(' or ')}`
}

export function describeOutcome(outcome: string): string {
  const [kind, value] = outcomeParts(outcome)
  switch (kind) {
    case 'proxy':
      return `goes to the proxy, on port ${value}`
    case 'to':
      if (value === ':') return 'is redirected to the same port of this machine'
      return value.startsWith(':') ? `is redirected to port ${value.slice(1)}` : `goes to ${value}, by a foreign rule`
    case 'drop':
      return 'is dropped'
    case 'unknown':
      return / /.test(value) ? `is not known (${value})` : `goes to the target ${value}, which explain does not support`
    default:
      return 'bypasses the proxy'
  }
}
