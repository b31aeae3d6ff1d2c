/**
 * Firewall decision diagrams (Gouda and Liu): each inner node tests one dimension, and its edges cover the values of that dimension
 * in order; each leaf is a set of outcomes. Nodes are interned and reduced, so that two diagrams are equal exactly when their
 * numbers are. A dimension is a number, values are cells: numbers from 0 on, see `space.ts`.
 */

/** The number of a node in its store. */
export type Diagram = number

/** More edges than this are too many for a machine of ordinary size. */
export const MAX_EDGES = 10_000_000

/** The ruleset is too intricate to decide about. */
export class TooComplex extends Error {}

/** An operation on two diagrams: what it makes of two leaves, or of any two where one decides. */
export interface Operation {
  decided(one: Diagram, other: Diagram): Diagram | undefined
  known: Map<number, Diagram>
}

const LEAF = 2 ** 16
/** No node is at a slot. */
const FREE = -1
/** Numbers of nodes stay below this, so that two of them make one key. */
const PAIR = 2 ** 26

export class Diagrams {
  /** Of each node its dimension, and where its edges start; of a leaf its set of outcomes. */
  private readonly dimensions: number[] = []
  private readonly starts: number[] = []
  private readonly sets: (readonly number[])[] = []
  /** Of each edge its last cell, and the node that it leads to. */
  private highs = new Int32Array(1024)
  private children = new Int32Array(1024)
  private edges = 0
  /** Inner nodes by the hash of their edges: a node stands at its slot, or behind others, before the next free one. */
  private slots = new Int32Array(1024).fill(FREE)
  private readonly leavesByKey = new Map<string, Diagram>()

  /** @param maxEdges how many edges there may be before a `TooComplex` is thrown */
  constructor(public maxEdges: number) {}

  isLeaf(node: Diagram): boolean {
    return this.dimensions[node] === LEAF
  }

  /** The outcomes of a leaf, in rising order. */
  outcomesOf(leaf: Diagram): readonly number[] {
    return this.sets[leaf] as readonly number[]
  }

  dimensionOf(node: Diagram): number {
    return this.dimensions[node] as number
  }

  leaf(outcomes: readonly number[]): Diagram {
    const sorted = [...new Set(outcomes)].sort((one, other) => one - other)
    const key = sorted.join()
    const known = this.leavesByKey.get(key)
    if (known !== undefined) return known
    const node = this.add(LEAF)
    this.sets[node] = sorted
    this.leavesByKey.set(key, node)
    return node
  }

  /** The edges of a node: the last cell of each and where it leads. */
  *edgesOf(node: Diagram): Generator<[high: number, child: Diagram]> {
    for (let at = this.first(node); at < this.end(node); at++)
      yield [this.highs[at] as number, this.children[at] as Diagram]
  }

  /** A node with edges in order; neighbours that lead to the same child become one. */
  node(dimension: number, highs: number[], children: Diagram[]): Diagram {
    // The edges are written behind those of all nodes, and stay there if no node is alike.
    this.grow(highs.length)
    let end = this.edges
    for (let at = 0; at < highs.length; at++) {
      if (end > this.edges && this.children[end - 1] === children[at]) end--
      this.highs[end] = highs[at] as number
      this.children[end++] = children[at] as Diagram
    }
    if (end === this.edges + 1) return this.children[this.edges] as Diagram
    const slot = this.slotOf(dimension, this.edges, end)
    const alike = this.slots[slot] as number
    if (alike !== FREE) return alike
    const node = this.add(dimension)
    this.edges = end
    this.slots[slot] = node
    if (2 * this.dimensions.length > this.slots.length) this.spread()
    return node
  }

  /** An operation on two diagrams, node by node, each pair once. */
  combine(operation: Operation, one: Diagram, other: Diagram): Diagram {
    const decided = operation.decided(one, other)
    if (decided !== undefined) return decided
    const key = one * PAIR + other
    const known = operation.known.get(key)
    if (known !== undefined) return known
    const dimension = Math.min(this.dimensionOf(one), this.dimensionOf(other))
    const highs: number[] = []
    const children: Diagram[] = []
    const [isOne, isOther] = [this.dimensionOf(one) === dimension, this.dimensionOf(other) === dimension]
    let left = this.first(one)
    let right = this.first(other)
    const last = this.highs[(isOne ? this.end(one) : this.end(other)) - 1] as number
    for (;;) {
      const leftHigh = isOne ? (this.highs[left] as number) : last
      const rightHigh = isOther ? (this.highs[right] as number) : last
      const high = Math.min(leftHigh, rightHigh)
      const child = this.combine(
        operation,
        isOne ? (this.children[left] as Diagram) : one,
        isOther ? (this.children[right] as Diagram) : other,
      )
      highs.push(high)
      children.push(child)
      if (high === last) break
      if (leftHigh === high) left++
      if (rightHigh === high) right++
    }
    const result = this.node(dimension, highs, children)
    operation.known.set(key, result)
    return result
  }

  /** The same diagram with other leaves. */
  map(change: (leaf: Diagram) => Diagram, root: Diagram, known = new Map<Diagram, Diagram>()): Diagram {
    const before = known.get(root)
    if (before !== undefined) return before
    const result = this.isLeaf(root) ? change(root) : this.rebuild(root, (child) => this.map(change, child, known))
    known.set(root, result)
    return result
  }

  /** A node of the same dimension and cells, with other children. */
  rebuild(node: Diagram, change: (child: Diagram) => Diagram): Diagram {
    const highs: number[] = []
    const children: Diagram[] = []
    for (const [high, child] of this.edgesOf(node)) {
      highs.push(high)
      children.push(change(child))
    }
    return this.node(this.dimensionOf(node), highs, children)
  }

  /** All leaves below a node, each once. */
  leavesOf(root: Diagram, seen = new Set<Diagram>()): Diagram[] {
    if (seen.has(root)) return []
    seen.add(root)
    if (this.isLeaf(root)) return [root]
    return [...this.edgesOf(root)].flatMap(([, child]) => this.leavesOf(child, seen))
  }

  private first(node: Diagram): number {
    return this.starts[node] as number
  }

  private end(node: Diagram): number {
    return this.starts[node + 1] ?? this.edges
  }

  private add(dimension: number): Diagram {
    const node = this.dimensions.length
    if (node + 1 >= PAIR) throw new TooComplex('the rules depend on each other too much')
    this.dimensions.push(dimension)
    this.starts.push(this.edges)
    this.sets.push(NONE)
    return node
  }

  /** Where a node with such edges is, or where it belongs. */
  private slotOf(dimension: number, start: number, end: number): number {
    let hash = dimension + 1
    for (let at = start; at < end; at++) {
      hash = Math.imul(hash ^ (this.highs[at] as number), 0x9e3779b1)
      hash = Math.imul(hash ^ (hash >>> 15) ^ (this.children[at] as number), 0x85ebca6b)
    }
    const last = this.slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & last
    for (; ; slot = (slot + 1) & last) {
      const node = this.slots[slot] as number
      if (node === FREE || this.equals(node, dimension, start, end)) return slot
    }
  }

  private equals(node: Diagram, dimension: number, start: number, end: number): boolean {
    const first = this.first(node)
    if (this.dimensionOf(node) !== dimension || this.end(node) - first !== end - start) return false
    for (let at = start; at < end; at++) {
      const own = first + at - start
      if (this.highs[own] !== this.highs[at] || this.children[own] !== this.children[at]) return false
    }
    return true
  }

  /** More slots, of which at most half are taken: else it takes long to find a free one. */
  private spread(): void {
    this.slots = new Int32Array(4 * this.slots.length).fill(FREE)
    for (let node = 0; node < this.dimensions.length; node++)
      if (!this.isLeaf(node)) this.slots[this.slotOf(this.dimensionOf(node), this.first(node), this.end(node))] = node
  }

  private grow(count: number): void {
    if (this.edges + count > this.maxEdges) throw new TooComplex('the rules depend on each other too much')
    if (this.edges + count <= this.highs.length) return
    const size = Math.min(Math.max(2 * this.highs.length, this.edges + count), this.maxEdges)
    const [highs, children] = [new Int32Array(size), new Int32Array(size)]
    highs.set(this.highs)
    children.set(this.children)
    this.highs = highs
    this.children = children
  }
}

const NONE: readonly number[] = []
