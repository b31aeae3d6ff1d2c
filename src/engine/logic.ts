import { type Diagram, Diagrams, type Operation } from './diagrams'
import type { Space } from './space'

/** What a diagram's leaves are made of while a chain is compiled, besides the outcomes of connections. */
const NEXT = 0
const RETURN = 1
const TRUE = 2
const FALSE = 3
const FIRST_OUTCOME = 4

/**
 * Sets of connections and effects of rules as diagrams. A set has the leaves `all` and `none`; an effect has outcomes as leaves, or
 * `next` (the next rule is asked) and `back` (the chain returns). A leaf with several outcomes is one of them, by chance.
 */
export class Logic {
  readonly diagrams: Diagrams
  readonly next: Diagram
  readonly back: Diagram
  readonly all: Diagram
  readonly none: Diagram
  private readonly outcomes: string[] = []
  private readonly leafOf = new Map<string, Diagram>()

  /** @param maxEdges see `Diagrams` */
  constructor(
    readonly space: Space,
    maxEdges: number,
  ) {
    this.diagrams = new Diagrams(maxEdges)
    ;[this.next, this.back, this.all, this.none] = [NEXT, RETURN, TRUE, FALSE].map((each) =>
      this.diagrams.leaf([each]),
    ) as [Diagram, Diagram, Diagram, Diagram]
  }

  outcome(text: string): Diagram {
    const known = this.leafOf.get(text)
    if (known !== undefined) return known
    const leaf = this.diagrams.leaf([FIRST_OUTCOME + this.outcomes.push(text) - 1])
    this.leafOf.set(text, leaf)
    return leaf
  }

  /** The outcomes of a leaf of a finished diagram: several where chance decides. */
  outcomesAt(leaf: Diagram): string[] {
    return this.diagrams.outcomesOf(leaf).map((number) => this.outcomes[number - FIRST_OUTCOME] as string)
  }

  /** The set of values in cells of a dimension: intervals in rising order. */
  cells(
    dimension: number,
    intervals: readonly (readonly [first: number, last: number])[],
    inside = this.all,
    outside = this.none,
  ): Diagram {
    const [highs, children]: [number[], Diagram[]] = [[], []]
    const end = this.space.sizeOf(dimension) - 1
    let from = 0
    for (const [first, last] of intervals) {
      if (first > from) {
        highs.push(first - 1)
        children.push(outside)
      }
      highs.push(last)
      children.push(inside)
      from = last + 1
    }
    if (from <= end) {
      highs.push(end)
      children.push(outside)
    }
    return this.diagrams.node(dimension, highs, children)
  }

  /** In both sets. */
  and(one: Diagram, other: Diagram): Diagram {
    return this.diagrams.combine(this.andOperation, one, other)
  }

  /** In one of the sets, or in both. */
  or(one: Diagram, other: Diagram): Diagram {
    return this.diagrams.combine(this.orOperation, one, other)
  }

  /** In the one set and not in the other. */
  minus(one: Diagram, other: Diagram): Diagram {
    return this.diagrams.combine(this.minusOperation, one, other)
  }

  /** An effect on the connections of a set; the next rule for all others. */
  when(set: Diagram, effect: Diagram): Diagram {
    return this.diagrams.combine(this.whenOperation, set, effect)
  }

  /** One effect, and where it leads to the next rule the other. */
  sequence(one: Diagram, other: Diagram): Diagram {
    return this.diagrams.combine(this.sequenceOperation, one, other)
  }

  /** One effect after the other. */
  inTurn(effects: readonly Diagram[]): Diagram {
    return inHalves(effects, (one, other) => this.sequence(one, other), this.next)
  }

  /** In at least one of some sets. */
  anyOf(sets: readonly Diagram[]): Diagram {
    return inHalves(sets, (one, other) => this.or(one, other), this.none)
  }

  /** One of two effects, by chance. */
  either(one: Diagram, other: Diagram): Diagram {
    return this.diagrams.combine(this.eitherOperation, one, other)
  }

  /** A chain that was jumped to returns to the next rule. */
  returned(effect: Diagram): Diagram {
    return this.replace(effect, RETURN, this.next, this.returnedKnown)
  }

  /** A chain that was gone to returns as the rule's own chain would. */
  gone(effect: Diagram): Diagram {
    return this.replace(effect, NEXT, this.back, this.goneKnown)
  }

  /** What a built-in chain does with connections on which no rule has decided: they go on as they are. */
  finished(effect: Diagram, otherwise: Diagram): Diagram {
    return this.replace(this.returned(effect), NEXT, otherwise, new Map())
  }

  /** The connections that an effect lets on to the next rule, certainly or perhaps. */
  passing(effect: Diagram): Diagram {
    const passes = (leaf: Diagram) => (this.diagrams.outcomesOf(leaf).includes(NEXT) ? this.all : this.none)
    return this.diagrams.map(passes, effect, this.passingKnown)
  }

  /** The connections that an effect does not let on to the next rule, certainly or perhaps. */
  perhapsTaken(effect: Diagram): Diagram {
    return this.meeting(effect, (leaf) => this.diagrams.outcomesOf(leaf).some((each) => each !== NEXT))
  }

  /** The values of one dimension that some connection of a set has. */
  only(dimension: number, set: Diagram, known = new Map<Diagram, Diagram>()): Diagram {
    if (this.diagrams.isLeaf(set)) return set
    const before = known.get(set)
    if (before !== undefined) return before
    const isMeant = this.diagrams.dimensionOf(set) === dimension
    const below = (child: Diagram) => this.only(dimension, child, known)
    const result = isMeant
      ? this.diagrams.rebuild(set, (child) => (child === this.none ? this.none : this.all))
      : [...this.diagrams.edgesOf(set)].reduce((sum, [, child]) => this.or(sum, below(child)), this.none)
    known.set(set, result)
    return result
  }

  /** The connections that meet one of some leaves. */
  meeting(root: Diagram, isMeant: (leaf: Diagram) => boolean): Diagram {
    return this.diagrams.map((leaf) => (isMeant(leaf) ? this.all : this.none), root)
  }

  /** The connections of a set that meet another leaf than one. */
  differing(set: Diagram, root: Diagram, leaf: Diagram): Diagram {
    const decided = (part: Diagram, node: Diagram) => {
      if (part === this.none || node === leaf) return this.none
      return this.diagrams.isLeaf(node) ? part : undefined
    }
    return this.diagrams.combine({ known: new Map(), decided }, set, root)
  }

  /** The connections that meet one leaf in a diagram and another one in a second. */
  both(one: Diagram, leaf: Diagram, other: Diagram, otherLeaf: Diagram): Diagram {
    return this.whereDifferent(one, other, (a, b) => a === leaf && b === otherLeaf)
  }

  /**
   * The connections whose leaves in two diagrams are different, and meant: without looking where both diagrams are the same.
   *
   * @param isMeant is asked for each pair of different leaves that one connection meets
   */
  whereDifferent(one: Diagram, other: Diagram, isMeant: (leaf: Diagram, otherLeaf: Diagram) => boolean): Diagram {
    const operation: Operation = {
      known: new Map(),
      decided: (a, b) => {
        if (a === b) return this.none
        if (!this.diagrams.isLeaf(a) || !this.diagrams.isLeaf(b)) return undefined
        return isMeant(a, b) ? this.all : this.none
      },
    }
    return this.diagrams.combine(operation, one, other)
  }

  private replace(effect: Diagram, from: number, to: Diagram, known: Map<Diagram, Diagram>): Diagram {
    const change = (leaf: Diagram) => {
      const outcomes = this.diagrams.outcomesOf(leaf)
      if (!outcomes.includes(from)) return leaf
      return this.diagrams.leaf(outcomes.flatMap((each) => (each === from ? this.diagrams.outcomesOf(to) : [each])))
    }
    return this.diagrams.map(change, effect, known)
  }

  private readonly returnedKnown = new Map<Diagram, Diagram>()
  private readonly goneKnown = new Map<Diagram, Diagram>()
  private readonly passingKnown = new Map<Diagram, Diagram>()

  private readonly andOperation: Operation = {
    known: new Map(),
    decided: (one, other) => {
      if (one === this.none || other === this.none) return this.none
      if (one === this.all || one === other) return other
      return other === this.all ? one : undefined
    },
  }
  private readonly orOperation: Operation = {
    known: new Map(),
    decided: (one, other) => {
      if (one === this.all || other === this.all) return this.all
      if (one === this.none || one === other) return other
      return other === this.none ? one : undefined
    },
  }
  private readonly minusOperation: Operation = {
    known: new Map(),
    decided: (one, other) => {
      if (one === this.none || other === this.all || one === other) return this.none
      if (other === this.none) return one
      return undefined
    },
  }
  private readonly whenOperation: Operation = {
    known: new Map(),
    decided: (set, effect) => (set === this.all ? effect : set === this.none ? this.next : undefined),
  }
  private readonly eitherOperation: Operation = {
    known: new Map(),
    decided: (one, other) => {
      if (one === other) return one
      if (!this.diagrams.isLeaf(one) || !this.diagrams.isLeaf(other)) return undefined
      return this.diagrams.leaf([...this.diagrams.outcomesOf(one), ...this.diagrams.outcomesOf(other)])
    },
  }
  private readonly sequenceOperation: Operation = {
    known: new Map(),
    decided: (one, other) => {
      if (one === this.next || other === this.next) return one === this.next ? other : one
      if (!this.diagrams.isLeaf(one)) return undefined
      const outcomes = this.diagrams.outcomesOf(one)
      if (!outcomes.includes(NEXT)) return one
      return this.either(this.diagrams.leaf(outcomes.filter((each) => each !== NEXT)), other)
    },
  }
}

/** Many made one, in halves of halves: a wide diagram is copied at each step. */
function inHalves(
  all: readonly Diagram[],
  join: (one: Diagram, other: Diagram) => Diagram,
  none: Diagram,
  from = 0,
  to = all.length,
): Diagram {
  if (to - from < 2) return all[from] ?? none
  const middle = (from + to) >> 1
  return join(inHalves(all, join, none, from, middle), inHalves(all, join, none, middle, to))
}
