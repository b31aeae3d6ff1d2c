import type { Family } from '../ruleset/families'
import { union } from './cells'
import { type Condition, DIMENSIONS, type Dimension, type Range, type Value } from './conditions'
import { TooComplex } from './diagrams'

/** The least value of each dimension. */
const LEAST: Record<Dimension, Value> = {
  port: 1,
  uid: 0,
  gid: 0,
  destination: 0,
  local: 0,
  source: 0,
  interface: '',
  sourcePort: 1,
}
/** The value after the greatest; undefined where there is none, or it does not matter. */
const END: Partial<Record<Dimension, Value>> = {
  port: 65536,
  sourcePort: 65536,
  local: 2,
  uid: 2 ** 32 - 1,
  gid: 2 ** 32 - 1,
}

/** Tests come in this order, from the root of a diagram down: what costs least, as measured. */
export type Order = readonly Dimension[]
export const PORT_FIRST: Order = ['port', 'uid', 'gid', 'destination', 'local', 'source', 'interface', 'sourcePort']
export const DESTINATION_FIRST: Order = [
  'destination',
  'port',
  'uid',
  'gid',
  'local',
  'source',
  'interface',
  'sourcePort',
]

const MAX_FACTS = 500

/**
 * The values of each dimension cut at every boundary of the rulesets that are compared, and so numbered: values between two
 * neighbouring boundaries are one cell, since no rule tells them apart. Facts that are not known have two cells, no and yes.
 */
export class Space {
  private readonly starts = new Map<Dimension, Value[]>()
  readonly facts: string[]

  constructor(
    conditions: Iterable<Condition>,
    readonly family: Family,
    readonly order: Order = PORT_FIRST,
  ) {
    const bounds = new Map<Dimension, Set<Value>>(DIMENSIONS.map((name) => [name, new Set([this.least(name)])]))
    const facts = new Set<string>()
    const collect = (condition: Condition) => {
      if (typeof condition !== 'object') return
      if ('any' in condition) for (const each of condition.any) collect(each)
      else if ('fact' in condition) facts.add(condition.fact)
      else
        for (const [from, to] of condition.ranges) {
          bounds.get(condition.dimension)?.add(from)
          if (to !== undefined) bounds.get(condition.dimension)?.add(to)
        }
    }
    for (const condition of conditions) collect(condition)
    for (const [name, values] of bounds) {
      const end = this.end(name)
      const inside = [...values].filter((value) => end === undefined || value < end)
      this.starts.set(
        name,
        inside.sort((one, other) => (one < other ? -1 : one > other ? 1 : 0)),
      )
    }
    if (facts.size > MAX_FACTS) throw new TooComplex('the rules ask for too many facts that are not known')
    this.facts = [...facts]
  }

  /** The number by which diagrams know a dimension, or a fact. */
  indexOf(name: Dimension): number {
    return this.order.indexOf(name)
  }

  indexOfFact(fact: string): number {
    return this.order.length + this.facts.indexOf(fact)
  }

  /** What a number stands for: a dimension, or the text of a fact. */
  nameOf(index: number): { dimension: Dimension } | { fact: string } {
    const dimension = this.order[index]
    return dimension ? { dimension } : { fact: this.facts[index - this.order.length] as string }
  }

  /** How many cells there are. */
  sizeOf(index: number): number {
    const dimension = this.order[index]
    return dimension ? (this.starts.get(dimension) as Value[]).length : 2
  }

  /** The cell that a value is in. */
  cellOf(name: Dimension, value: Value): number {
    const starts = this.starts.get(name) as Value[]
    let low = 0
    for (let high = starts.length; high - low > 1; ) {
      const middle = (low + high) >> 1
      if ((starts[middle] as Value) <= value) low = middle
      else high = middle
    }
    return low
  }

  /** The values of a cell. */
  rangeOf(name: Dimension, cell: number): Range {
    const starts = this.starts.get(name) as Value[]
    return [starts[cell] as Value, starts[cell + 1] ?? this.end(name)]
  }

  /** The cells of ranges, as intervals in rising order that neither touch nor overlap. */
  cellsOf(name: Dimension, ranges: readonly Range[]): [first: number, last: number][] {
    const size = (this.starts.get(name) as Value[]).length
    const found = ranges
      .map(([from, to]): [number, number] => [
        this.cellOf(name, from),
        to === undefined || this.isEnd(name, to) ? size - 1 : this.cellOf(name, to) - 1,
      ])
      .filter(([first, last]) => first <= last)
    return union(found)
  }

  private isEnd(name: Dimension, value: Value): boolean {
    const end = this.end(name)
    return end !== undefined && value >= end
  }

  private least(name: Dimension): Value {
    return isAddress(name) && this.family === 'ipv6' ? 0n : LEAST[name]
  }

  private end(name: Dimension): Value | undefined {
    if (isAddress(name)) return this.family === 'ipv6' ? 2n ** 128n : 2 ** 32
    return END[name]
  }
}

const isAddress = (name: Dimension) => name === 'source' || name === 'destination'
