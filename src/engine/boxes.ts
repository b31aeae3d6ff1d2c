import type { Analysis } from './analyze'
import { type Cells, union } from './cells'
import type { Diagram } from './diagrams'
import type { Logic } from './logic'

/** Connections by a condition for each of some dimensions: a dimension that is not named may have any value. */
export type Box = ReadonlyMap<number, Cells>

/** A box without its condition on one dimension. */
export const without = (box: Box, dimension: number): Box => new Map([...box].filter(([each]) => each !== dimension))

/** Boxes that do not overlap, and together are a set; undefined when there are more than a limit. */
export function boxesOf(logic: Logic, set: Diagram, limit: number): Box[] | undefined {
  if (countPaths(logic, set, new Map()) > MAX_PATHS) return undefined
  const boxes = merged(pathsOf(logic, set))
  return boxes.length > limit ? undefined : boxes
}

const MAX_PATHS = 5_000

function countPaths(logic: Logic, set: Diagram, known: Map<Diagram, number>): number {
  if (set === logic.all) return 1
  if (set === logic.none) return 0
  const before = known.get(set)
  if (before !== undefined) return before
  const count = [...childrenOf(logic, set).keys()].reduce((sum, child) => sum + countPaths(logic, child, known), 0)
  known.set(set, count)
  return count
}

/** The children of a node, each with all cells that lead to it. */
function childrenOf({ diagrams }: Logic, node: Diagram): Map<Diagram, [number, number][]> {
  const children = new Map<Diagram, [number, number][]>()
  let from = 0
  for (const [high, child] of diagrams.edgesOf(node)) {
    const cells = children.get(child)
    if (cells) cells.push([from, high])
    else children.set(child, [[from, high]])
    from = high + 1
  }
  return children
}

function pathsOf(logic: Logic, set: Diagram): Box[] {
  if (set === logic.none) return []
  if (set === logic.all) return [new Map()]
  const dimension = logic.diagrams.dimensionOf(set)
  return [...childrenOf(logic, set)].flatMap(([child, cells]) =>
    pathsOf(logic, child).map((box) => new Map([[dimension, cells as Cells], ...box])),
  )
}

/** Makes one of two boxes that differ in one dimension, as long as there are any. */
function merged(boxes: Box[]): Box[] {
  let current = boxes
  for (const dimension of new Set(boxes.flatMap((box) => [...box.keys()]))) {
    const groups = new Map<string, Box>()
    for (const box of current) {
      const rest = [...without(box, dimension)].sort(([one], [other]) => one - other)
      const key = JSON.stringify([rest, box.has(dimension)])
      const alike = groups.get(key)
      const cells = box.get(dimension)
      const both = alike?.get(dimension)
      groups.set(key, both && cells ? new Map(alike).set(dimension, union(both, cells)) : box)
    }
    current = [...groups.values()]
  }
  return current
}

/** The connections of a box. */
export function setOf(logic: Logic, box: Box): Diagram {
  return [...box]
    .sort(([one], [other]) => other - one)
    .reduce((set, [dimension, cells]) => logic.and(logic.cells(dimension, cells), set), logic.all)
}

/** More boxes than this are taken as they come. */
const MAX_SIMPLIFIED = 60

/**
 * Boxes that do not overlap and together are a set, with as few conditions as this allows: where connections cannot be, it does not
 * matter what a box says. Undefined when there are more than a limit.
 */
export function simpleBoxes({ logic, impossible }: Analysis, set: Diagram, limit: number): Box[] | undefined {
  const found: Box[] = []
  let left = set
  for (let boxes = boxesOf(logic, left, limit); boxes !== undefined; boxes = boxesOf(logic, left, limit)) {
    if (boxes.length > MAX_SIMPLIFIED || found.length > limit)
      return boxes.length > limit ? undefined : [...found, ...boxes]
    const [first] = boxes.sort((one, other) => one.size - other.size)
    if (first === undefined) return found
    let box = first
    const allowed = logic.or(left, impossible)
    for (const dimension of first.keys()) {
      const fewer = without(box, dimension)
      if (logic.minus(setOf(logic, fewer), allowed) === logic.none) box = fewer
    }
    found.push(box)
    left = logic.minus(left, setOf(logic, box))
  }
  return undefined
}
