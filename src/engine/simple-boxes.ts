import type { Analysis } from './analyze'
import { type Box, boxesOf, setOf } from './boxes'
import type { Diagram } from './diagrams'

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
      const fewer = new Map([...box].filter(([each]) => each !== dimension))
      if (logic.minus(setOf(logic, fewer), allowed) === logic.none) box = fewer
    }
    found.push(box)
    left = logic.minus(left, setOf(logic, box))
  }
  return undefined
}
