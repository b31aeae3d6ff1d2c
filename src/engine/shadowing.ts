import type { Family } from '../ruleset/families'
import type { Rule } from '../ruleset/rule'
import { asSaved, type Ruleset, type Wanted } from '../ruleset/ruleset'
import { isPassingTarget } from '../ruleset/targets'
import { type Analyzed, analyze } from './analyze'
import type { ReadRule } from './compile'
import type { Hook } from './conditions'
import { type Diagram, TooComplex } from './diagrams'
import type { Logic } from './logic'

/** A foreign rule in front of the managed ones that takes what these are for. */
export interface ShadowingRule {
  rule: Rule
  /** Its position in the chain, from 0. */
  at: number
  /** Ranges of ports of which nothing is left for the managed rules; empty when it takes some of the traffic, by address, say. */
  ports: [first: number, last: number][]
}

/** Where managed rules are in a built-in chain: their positions, and that of the last one that jumps to a managed chain. */
export interface ManagedRules {
  hook: Hook
  managed: Set<number>
  last: number
}

/**
 * The foreign rules in front of the managed ones that keep traffic from these.
 *
 * @param live the table, with the wanted rules where they are or will be
 */
export function shadowingRules(live: Ruleset, wanted: Wanted, family: Family, where: ManagedRules): ShadowingRule[] {
  try {
    return decided(live, wanted, family, where)
  } catch (error) {
    if (!(error instanceof TooComplex)) throw error
    return perhaps(live, where)
  }
}

/** Every foreign rule in front that may take something: for tables that are too intricate to decide about. */
function perhaps(live: Ruleset, { hook, managed, last }: ManagedRules): ShadowingRule[] {
  return (live.get(hook) ?? []).slice(0, last).flatMap((rule, at) => {
    if (managed.has(at) || isPassingTarget(rule.target)) return []
    return [{ rule, at, ports: [] }]
  })
}

function decided(
  live: Ruleset,
  wanted: Wanted,
  family: Family,
  { hook, managed, last }: ManagedRules,
): ShadowingRule[] {
  const { logic, rulesets } = analyze([live, asSaved(wanted)], hook, family)
  const [{ compiler }, { root }] = rulesets as [Analyzed, Analyzed]
  const rules = compiler.chains.get(hook) ?? []
  const found: ShadowingRule[] = []
  // What is still to be redirected when a rule is asked.
  const concern = wanted.chains.includes('APISIX_REROUTE') ? logic.all : toThisMachine(logic, hook)
  let left = logic.and(logic.meeting(root, isRedirected(logic)), concern)
  for (let at = 0; at < last && left !== logic.none; at++) {
    const effect = compiler.effectOf(rules[at] as ReadRule)
    const before = left
    left = logic.and(left, logic.passing(effect))
    if (managed.has(at) || logic.and(before, logic.perhapsTaken(effect)) === logic.none) continue
    const rule = (live.get(hook) as Rule[])[at] as Rule
    found.push({ rule, at, ports: completed(logic, before, left) })
  }
  return found
}

const isRedirected = (logic: Logic) => (leaf: Diagram) => logic.outcomesAt(leaf)[0]?.startsWith('proxy:') ?? false

/** Only connections to this machine are the proxy's concern, of those that come in, unless some are rerouted. */
function toThisMachine(logic: Logic, hook: Hook): Diagram {
  return hook === 'PREROUTING' && logic.space.sizeOf(logic.space.indexOf('local')) > 1
    ? logic.cells(logic.space.indexOf('local'), [[1, 1]])
    : logic.all
}

/** The ports of one set that are not in another any more. */
function completed(logic: Logic, before: Diagram, after: Diagram): [first: number, last: number][] {
  const port = logic.space.indexOf('port')
  const gone = logic.minus(logic.only(port, before), logic.only(port, after))
  const ranges: [number, number][] = []
  let from = 0
  for (const [high, child] of gone === logic.all
    ? [[logic.space.sizeOf(port) - 1, gone] as const]
    : logic.diagrams.edgesOf(gone)) {
    if (child === logic.all) {
      const [first] = logic.space.rangeOf('port', from) as [number, number]
      const [, end] = logic.space.rangeOf('port', high) as [number, number]
      ranges.push([first, end - 1])
    }
    from = high + 1
  }
  return ranges
}
