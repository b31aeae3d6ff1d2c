import type { Connection } from '../trace/connection'
import type { Analysis } from './analyze'
import { boxesOf } from './boxes'
import { type Cells, complement } from './cells'
import { type Dimension, numberOf } from './conditions'
import type { Diagram } from './diagrams'
import type { Logic } from './logic'
import { describe } from './sentence'

/** What happens to a connection, as far as it is known. */
export interface Decision {
  /** The outcomes, see `outcomeOf`: several where chance decides, or facts that are not known. */
  outcomes: string[]
  /** Where facts decide that are not known: what they are, and what happens for which. */
  dependsOn: string[]
  cases: string[]
}

/** What happens to a connection. `unknown` facts stay open, and count only where they change the outcome. */
export function decide(analysis: Analysis, at: number, connection: Connection): Decision {
  const { logic, rulesets } = analysis
  const root = restrict(logic, rulesets[at]?.root as Diagram, knownOf(analysis, connection))
  if (logic.diagrams.isLeaf(root)) return { outcomes: logic.outcomesAt(root), dependsOn: [], cases: [] }
  const leaves = logic.diagrams.leavesOf(root)
  return {
    outcomes: [...new Set(leaves.flatMap((leaf) => logic.outcomesAt(leaf)))],
    dependsOn: [...new Set(dimensionsOf(logic, root))].map((dimension) => nameOf(logic, dimension)),
    cases: leaves.flatMap((leaf) => {
      const boxes =
        boxesOf(
          logic,
          logic.meeting(root, (each) => each === leaf),
          MAX_CASES,
        ) ?? []
      return boxes.map((box) => describe(box, logic.outcomesAt(leaf), analysis))
    }),
  }
}

const MAX_CASES = 20

/** The leaf that a connection meets whose facts are all known; undefined when some decide and are not. */
export function leafFor(analysis: Analysis, at: number, connection: Connection): Diagram | undefined {
  const { logic, rulesets } = analysis
  const known = knownOf(analysis, connection)
  let node = rulesets[at]?.root as Diagram
  while (!logic.diagrams.isLeaf(node)) {
    const cells = known.get(logic.diagrams.dimensionOf(node))
    if (cells === undefined || cells.length !== 1 || cells[0]?.[0] !== cells[0]?.[1]) return undefined
    node = childAt(logic, node, cells[0]?.[0] as number)
  }
  return node
}

function childAt({ diagrams }: Logic, node: Diagram, cell: number): Diagram {
  for (const [high, child] of diagrams.edgesOf(node)) if (cell <= high) return child
  return node
}

/** The cells that the facts of a connection may be in; dimensions of which nothing is known are missing. */
function knownOf({ logic: { space }, hook }: Analysis, connection: Connection): Map<number, Cells> {
  const known = new Map<number, Cells>()
  const is = (name: Dimension, value: number | bigint | string | undefined) => {
    if (value === undefined) return
    const cell = space.cellOf(name, value)
    known.set(space.indexOf(name), [[cell, cell]])
  }
  const { to, from, uid, gid, isLocal } = connection
  is('port', to.port)
  is('uid', uid)
  is('gid', gid)
  is('destination', to.address === undefined ? undefined : numberOf(to.address))
  is('source', from === undefined ? undefined : numberOf(from.address))
  is('sourcePort', from?.port)
  is('interface', connection.interface)
  if (hook === 'PREROUTING') is('local', isLocal === undefined ? undefined : Number(isLocal))
  else if (connection.interface === undefined && isLocal !== undefined) {
    const lo = space.cellsOf('interface', [['lo', 'lo\0']])
    known.set(space.indexOf('interface'), isLocal ? lo : complement(lo, space.sizeOf(space.indexOf('interface'))))
  }
  return known
}

/** The diagram for connections whose facts are in some cells: what it tests of these is decided, as far as it can be. */
export function restrict(logic: Logic, root: Diagram, known: Map<number, Cells>): Diagram {
  const { diagrams } = logic
  const done = new Map<Diagram, Diagram>()
  const visit = (node: Diagram): Diagram => {
    const before = done.get(node)
    if (before !== undefined || diagrams.isLeaf(node)) return before ?? node
    const cells = known.get(diagrams.dimensionOf(node))
    const result = cells === undefined ? diagrams.rebuild(node, visit) : narrowed(logic, node, cells, visit)
    done.set(node, result)
    return result
  }
  return visit(root)
}

/** A node without the edges that lead through no allowed cell: their cells go to a neighbour. */
function narrowed({ diagrams }: Logic, node: Diagram, cells: Cells, visit: (child: Diagram) => Diagram): Diagram {
  const highs: number[] = []
  const children: Diagram[] = []
  let from = 0
  let end = 0
  for (const [high, child] of diagrams.edgesOf(node)) {
    const isAllowed = cells.some(([first, last]) => first <= high && last >= from)
    if (isAllowed) {
      highs.push(high)
      children.push(visit(child))
    }
    from = high + 1
    end = high
  }
  if (highs.length > 0) highs[highs.length - 1] = end
  return diagrams.node(diagrams.dimensionOf(node), highs, children)
}

function dimensionsOf({ diagrams }: Logic, root: Diagram, seen = new Set<Diagram>()): number[] {
  if (seen.has(root) || diagrams.isLeaf(root)) return []
  seen.add(root)
  const below = [...diagrams.edgesOf(root)].flatMap(([, child]) => dimensionsOf({ diagrams } as Logic, child, seen))
  return [diagrams.dimensionOf(root), ...below]
}

const NAMES: Record<Dimension, string> = {
  port: 'the port',
  uid: 'the uid',
  gid: 'the gid',
  destination: 'the destination address',
  local: 'whether the destination is an address of this machine',
  source: 'the source address',
  interface: 'the interface',
  sourcePort: 'the source port',
}

function nameOf({ space }: Logic, index: number): string {
  const name = space.nameOf(index)
  if ('dimension' in name) return NAMES[name.dimension]
  return name.fact.startsWith('-') ? `whether \`${name.fact}\` matches` : `whether ${name.fact}`
}
