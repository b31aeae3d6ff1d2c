import type { Analysis, Analyzed } from './analyze'
import { type Box, boxesOf, setOf, without } from './boxes'
import { type Cells, complement, intersection, union } from './cells'
import type { Compiler, ReadRule } from './compile'
import type { Condition } from './conditions'
import type { Diagram } from './diagrams'
import type { Logic } from './logic'
import { describe, describeBox } from './sentence'

/** Some connections and what becomes of them: of a list of these the first that fits counts. */
export interface Sentence {
  box: Box
  set: Diagram
  /** The leaf of what becomes of them. */
  leaf: Diagram
}

/** A sentence in words. */
export interface Statement {
  text: string
  connections: string
  /** See `outcomeOf`: several where chance decides. */
  outcomes: string[]
}

/** What a ruleset does to all connections. */
export interface Policy {
  /** Of which the first match wins. */
  statements: Statement[]
  /** Whether they name every connection: what they do not name bypasses the proxy. */
  namesAll: boolean
}

/** More statements than this are of no use to a reader. */
const MAX_STATEMENTS = 2_000
/** A file may hold chains that jump back to themselves. */
const MAX_DEPTH = 1_000

/**
 * What a ruleset does to all connections, as few statements of which the first match wins; what none names bypasses the proxy.
 * Undefined when there are too many to read.
 *
 * No statement is without effect, and none asks for more than it needs: together they are the same diagram.
 */
export function policyOf(analysis: Analysis, at: number): Policy | undefined {
  const { logic, impossible } = analysis
  const sentences = sentencesOf(analysis, at)
  if (sentences === undefined) return undefined
  const named = sentences.reduce((sum, { set }) => logic.or(sum, set), impossible)
  const statements = sentences.map(({ box, leaf }) => ({
    text: describe(box, logic.outcomesAt(leaf), analysis),
    connections: describeBox(box, analysis),
    outcomes: logic.outcomesAt(leaf),
  }))
  return { statements, namesAll: named === logic.all }
}

export function sentencesOf(analysis: Analysis, at: number): Sentence[] | undefined {
  const { logic, hook, rulesets } = analysis
  const { root, compiler } = rulesets[at] as Analyzed
  // Each outcome takes a sentence, but that of connections on which no rule decides.
  const leaves = logic.diagrams.leavesOf(root).filter((leaf) => leaf !== logic.outcome('accept'))
  if (leaves.length > MAX_STATEMENTS) return undefined
  const byRules = listOf(logic, compiler, hook)
  const isSame = byRules !== undefined && diagramOf(analysis, byRules) === root
  const list = isSame ? byRules : byOutcome(logic, root, leaves)
  return list && pruned(analysis, widened(analysis, pruned(analysis, list)))
}

/** The diagram of a list of sentences. */
export function diagramOf({ logic, impossible }: Analysis, sentences: readonly Sentence[]): Diagram {
  const accept = logic.outcome('accept')
  const all = sentences.reduceRight((rest, { set, leaf }) => logic.sequence(logic.when(set, leaf), rest), accept)
  return logic.sequence(logic.when(impossible, accept), all)
}

/** The boxes of each of some outcomes. */
function byOutcome(logic: Logic, root: Diagram, leaves: Diagram[]): Sentence[] | undefined {
  const sentences: Sentence[] = []
  for (const leaf of leaves) {
    const set = logic.meeting(root, (each) => each === leaf)
    const boxes = boxesOf(logic, set, MAX_STATEMENTS - sentences.length)
    if (boxes === undefined) return undefined
    sentences.push(...boxes.map((box) => ({ box, set: setOf(logic, box), leaf })))
  }
  return sentences
}

/** Without the sentences that change nothing: what they name is decided before, or alike by those that follow. */
function pruned({ logic, impossible }: Analysis, sentences: readonly Sentence[]): Sentence[] {
  const covered: Diagram[] = []
  sentences.reduce((before, { set }) => {
    covered.push(before)
    return logic.or(before, set)
  }, impossible)
  const kept: Sentence[] = []
  let rest = logic.outcome('accept')
  for (let at = sentences.length - 1; at >= 0; at--) {
    const sentence = sentences[at] as Sentence
    const own = logic.minus(sentence.set, covered[at] as Diagram)
    if (logic.differing(own, rest, sentence.leaf) === logic.none) continue
    rest = logic.sequence(logic.when(sentence.set, sentence.leaf), rest)
    kept.unshift(sentence)
  }
  return kept
}

/** Each sentence without the conditions that it does not need for the whole to stay the same. */
function widened({ logic, impossible }: Analysis, sentences: readonly Sentence[]): Sentence[] {
  const rests: Diagram[] = []
  sentences.reduceRight((rest, { set, leaf }, at) => {
    rests[at] = rest
    return logic.sequence(logic.when(set, leaf), rest)
  }, logic.outcome('accept'))
  let covered = impossible
  return sentences.map(({ box, set, leaf }, at) => {
    let wide: Sentence = { box, set, leaf }
    for (const dimension of box.keys()) {
      const fewer = without(wide.box, dimension)
      const more = setOf(logic, fewer)
      const added = logic.minus(logic.minus(more, covered), wide.set)
      if (logic.differing(added, rests[at] as Diagram, leaf) === logic.none) wide = { box: fewer, set: more, leaf }
    }
    covered = logic.or(covered, wide.set)
    return wide
  })
}

/** Where a chain goes on when one that it called returns. */
interface Frame {
  chain: string
  at: number
}

/** The rules that a built-in chain reaches as one list; undefined where chance decides, or the list would be too long. */
function listOf(logic: Logic, compiler: Compiler, hook: string): Sentence[] | undefined {
  const accept = logic.outcome('accept')
  const list: Sentence[] = []
  let covered = logic.none
  let isComplete = true
  let budget = 50 * MAX_STATEMENTS
  let depth = 0

  function emit(box: Box, leaf: Diagram) {
    const last = list.at(-1)
    const joined = last?.leaf === leaf ? withPortsOf(logic, last.box, box) : undefined
    const sentence = joined ?? box
    const set = setOf(logic, sentence)
    if (logic.minus(set, covered) === logic.none) return
    if (joined) list.pop()
    list.push({ box: sentence, set, leaf })
    covered = logic.or(covered, set)
    if (list.length > MAX_STATEMENTS) isComplete = false
  }

  /** What follows for connections that a chain has returned. */
  function goOn(box: Box, [frame, ...outer]: Frame[]) {
    if (frame) visit(frame.chain, frame.at, box, outer)
    if (frame) goOn(box, outer)
    else emit(box, accept)
  }

  function visit(chain: string, from: number, box: Box, frames: Frame[]) {
    if (++depth > MAX_DEPTH) isComplete = false
    visitRules(chain, from, box, frames)
    depth--
  }

  function visitRules(chain: string, from: number, box: Box, frames: Frame[]) {
    const rules = compiler.chains.get(chain) ?? []
    for (let at = from; at < rules.length && isComplete; at++) {
      const rule = rules[at] as ReadRule
      const effect = compiler.effectOfTarget(rule)
      if (effect === logic.next) continue
      const inside = narrowedBy(logic, box, rule.conditions)
      if (inside === null || budget-- < 0) isComplete = false
      if (!inside) continue
      const { target } = rule
      const isChain = typeof target === 'object' && 'chain' in target
      if (isChain) {
        visit(target.chain, 0, inside, target.isGoto ? frames : [{ chain, at: at + 1 }, ...frames])
        if (target.isGoto) goOn(inside, frames)
      } else if (target === 'back') goOn(inside, frames)
      else emit(inside, effect)
      // Nothing is left for the rules behind one that decides about all.
      if (inside === box && (!isChain || target.isGoto)) return
    }
  }

  visit(hook, 0, new Map(), [])
  return isComplete ? list : undefined
}

/** A box within the conditions of a rule: undefined when nothing is left, null when it is no box. */
function narrowedBy(logic: Logic, box: Box, conditions: readonly Condition[]): Box | undefined | null {
  let result = box
  for (const condition of conditions) {
    if (condition === true) continue
    if (condition === false) return undefined
    if (condition === 'chance' || 'any' in condition) return null
    const { space } = logic
    const dimension = 'fact' in condition ? space.indexOfFact(condition.fact) : space.indexOf(condition.dimension)
    const cells: Cells = 'fact' in condition ? [[1, 1]] : space.cellsOf(condition.dimension, condition.ranges)
    const size = space.sizeOf(dimension)
    const meant = condition.negated ? complement(cells, size) : cells
    const both = intersection(result.get(dimension) ?? [[0, size - 1]], meant)
    if (both.length === 0) return undefined
    if (both.length === 1 && both[0]?.[0] === 0 && both[0]?.[1] === size - 1) continue
    result = new Map(result).set(dimension, both)
  }
  return result
}

/** Two boxes as one, when they are alike but for their ports. */
function withPortsOf(logic: Logic, one: Box, other: Box): Box | undefined {
  const port = logic.space.indexOf('port')
  const [ports, more] = [one.get(port), other.get(port)]
  if (!ports || !more || one.size !== other.size) return undefined
  for (const [dimension, cells] of one)
    if (dimension !== port && JSON.stringify(cells) !== JSON.stringify(other.get(dimension))) return undefined
  return new Map(one).set(port, union(ports, more))
}
