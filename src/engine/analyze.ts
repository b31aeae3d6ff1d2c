import type { Family } from '../ruleset/families'
import { isManagedChain } from '../ruleset/ownership'
import type { Ruleset } from '../ruleset/ruleset'
import { Compiler, readRules } from './compile'
import { type Condition, conditionOf, type Hook } from './conditions'
import { type Diagram, MAX_EDGES, TooComplex } from './diagrams'
import { Logic } from './logic'
import { DESTINATION_FIRST, type Order, PORT_FIRST, Space } from './space'

/** One ruleset as a diagram of what happens to every new TCP connection at a hook. */
export interface Analyzed {
  root: Diagram
  compiler: Compiler
}

/** Rulesets that can be compared: they share their space, and so equal diagrams have equal numbers. */
export interface Analysis {
  hook: Hook
  family: Family
  logic: Logic
  /** Connections that cannot be: what rules would do to them does not matter. */
  impossible: Diagram
  rulesets: Analyzed[]
  /** Whether a rule matches by chance. */
  usesChance: boolean
}

/**
 * What rulesets do to every new TCP connection that meets a hook. The documented outcomes are those of `outcomeOf`.
 *
 * @param isManaged whose chain's REDIRECT goes to the proxy; by default that of the managed chains
 *
 * Throws a `TooComplex` when that takes more than the budget.
 */
export function analyze(
  rulesets: readonly Ruleset[],
  hook: Hook,
  family: Family,
  { isManaged = isManagedChain }: { isManaged?: (chain: string) => boolean } = {},
): Analysis {
  const read = rulesets.map((ruleset) => readRules(ruleset, hook, family, isManaged))
  const conditions = [...onlyByLoopback(hook, family)]
  for (const chains of read)
    for (const rules of chains.values()) for (const rule of rules) conditions.push(...rule.conditions)
  const build = (order: Order, maxEdges: number): Analysis => {
    const logic = new Logic(new Space(conditions, family, order), maxEdges)
    const impossible = impossibleIn(logic, hook, family)
    const compiled = read.map((chains): Analyzed => {
      const compiler = new Compiler(logic, chains)
      // What cannot be is like what no rule decides.
      const root = logic.sequence(logic.when(impossible, logic.outcome('accept')), compiler.root(hook))
      return { root, compiler }
    })
    // What is asked of the diagrams may take more.
    logic.diagrams.maxEdges = MAX_EDGES
    return { hook, family, logic, impossible, rulesets: compiled, usesChance: conditions.includes('chance') }
  }
  // No order suits every table: service tables are small by destination, port lists by port.
  for (const order of [PORT_FIRST, DESTINATION_FIRST])
    try {
      return build(order, FIRST_TRY)
    } catch (error) {
      if (!(error instanceof TooComplex)) throw error
    }
  return build(PORT_FIRST, MAX_EDGES)
}

/** Edges that an order may take before the other one is tried. */
const FIRST_TRY = 2_000_000

/** In OUTPUT, what goes to a loopback address goes out by lo (facts 20). */
function onlyByLoopback(hook: Hook, family: Family): Condition[] {
  if (hook === 'PREROUTING') return []
  const match = (option: string, value: string) => ({ match: '', option, values: [value], negated: false })
  return [match('-d', family === 'ipv4' ? '127.0.0.0/8' : '::1/128'), match('-o', 'lo')].map((each) =>
    conditionOf(each, hook, family),
  )
}

function impossibleIn(logic: Logic, hook: Hook, family: Family): Diagram {
  const [loopback = logic.none, lo = logic.all] = onlyByLoopback(hook, family).map((condition) =>
    typeof condition === 'object' && 'dimension' in condition
      ? logic.cells(
          logic.space.indexOf(condition.dimension),
          logic.space.cellsOf(condition.dimension, condition.ranges),
        )
      : logic.none,
  )
  return logic.minus(loopback, lo)
}
