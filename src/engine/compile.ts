import { destinationOf, isPassingTarget, type ParsedRule, parseRule } from '../ruleset/rule'
import type { Ruleset } from '../ruleset/ruleset'
import { type Condition, conditionOf, type Hook } from './conditions'
import { type Diagram, TooComplex } from './diagrams'
import type { Logic } from './logic'

/** The conditions of a rule, and its target. */
export interface ReadRule {
  conditions: Condition[]
  rule: ParsedRule
}

/** The rules of the chains that a built-in chain reaches, read once. */
export function readRules(ruleset: Ruleset, hook: Hook, family: 'ipv4' | 'ipv6'): Map<string, ReadRule[]> {
  const chains = new Map<string, ReadRule[]>()
  const waiting: string[] = [hook]
  for (let chain = waiting.pop(); chain !== undefined; chain = waiting.pop()) {
    if (chains.has(chain)) continue
    const rules = (ruleset.get(chain) ?? []).map((spec): ReadRule => {
      const rule = parseRule(spec)
      return { rule, conditions: rule.matches.map((match) => conditionOf(match, hook, family)) }
    })
    chains.set(chain, rules)
    for (const { rule, conditions } of rules)
      if (ruleset.has(rule.target) && !conditions.includes(false)) waiting.push(rule.target)
  }
  return chains
}

/** Rules that set what others match: then such a match is not the same at every rule, and counts as chance. */
const SETTING = /^(?:MARK|CONNMARK|SET)$/
const SETTABLE = /^-m (?:mark|connmark|set) /

/** Deeper than any kernel allows. */
const MAX_DEPTH = 500

/** Compiles the chains that a built-in chain reaches, each once. */
export class Compiler {
  private readonly compiled = new Map<string, Diagram>()
  private readonly open = new Set<string>()
  private readonly isSettable: boolean

  constructor(
    readonly logic: Logic,
    readonly chains: Map<string, ReadRule[]>,
    readonly ruleset: Ruleset,
    private readonly isManaged: (chain: string) => boolean,
  ) {
    this.isSettable = [...chains.values()].some((rules) => rules.some(({ rule }) => SETTING.test(rule.target)))
  }

  /** What happens to every connection that meets a built-in chain. */
  root(hook: Hook): Diagram {
    return this.logic.finished(this.chain(hook), this.logic.outcome('accept'))
  }

  /** The effect of a chain on connections that meet its first rule. */
  chain(name: string): Diagram {
    const known = this.compiled.get(name)
    if (known !== undefined) return known
    // The kernel refuses such a table; a file may hold it.
    if (this.open.has(name)) return this.logic.outcome(`unknown:${name} jumps back to itself`)
    if (this.open.size > MAX_DEPTH) throw new TooComplex('the chains jump too deep')
    this.open.add(name)
    const effect = this.between(name, this.chains.get(name) ?? [], 0, this.chains.get(name)?.length ?? 0)
    this.open.delete(name)
    this.compiled.set(name, effect)
    return effect
  }

  /** The effect of the rules from one to another of a chain: halves of halves, since a wide diagram is copied at each step. */
  between(chain: string, rules: ReadRule[], from: number, to: number): Diagram {
    if (to - from === 0) return this.logic.next
    if (to - from === 1) return this.effectOf(chain, rules[from] as ReadRule)
    const middle = (from + to) >> 1
    return this.logic.sequence(this.between(chain, rules, from, middle), this.between(chain, rules, middle, to))
  }

  /** The connections that meet all conditions of a rule, and whether chance decides too. */
  matched({ conditions }: ReadRule): { set: Diagram; isChance: boolean } {
    let set = this.logic.all
    let isChance = false
    for (const condition of conditions.toReversed()) {
      if (isByChance(condition, this.isSettable)) isChance = true
      else set = this.logic.and(this.setOf(condition), set)
    }
    return { set, isChance }
  }

  private setOf(condition: Condition): Diagram {
    const { logic } = this
    if (typeof condition === 'boolean') return condition ? logic.all : logic.none
    if ('chance' in condition) return logic.all
    if ('any' in condition) {
      const any = condition.any.map((each) => this.setOf(each)).reduce((one, other) => logic.or(one, other), logic.none)
      return condition.negated ? logic.minus(logic.all, any) : any
    }
    const [inside, outside] = condition.negated ? [logic.none, logic.all] : [logic.all, logic.none]
    if ('fact' in condition) return logic.cells(logic.space.indexOfFact(condition.fact), [[1, 1]], inside, outside)
    const intervals = logic.space.cellsOf(condition.dimension, condition.ranges)
    return logic.cells(logic.space.indexOf(condition.dimension), intervals, inside, outside)
  }

  private effectOf(chain: string, read: ReadRule): Diagram {
    const { logic } = this
    if (read.conditions.includes(false)) return logic.next
    const { set, isChance } = this.matched(read)
    const effect = this.targetOf(chain, read.rule)
    return logic.when(set, isChance ? logic.either(effect, logic.next) : effect)
  }

  /** What becomes of a connection that a rule matches. */
  targetOf(chain: string, { target, isGoto, options }: ParsedRule): Diagram {
    const { logic } = this
    if (isPassingTarget(target)) return logic.next
    if (this.ruleset.has(target)) return isGoto ? logic.gone(this.chain(target)) : logic.returned(this.chain(target))
    if (target === 'RETURN') return logic.back
    return logic.outcome(outcomeOf(this.isManaged(chain), { target, options }))
  }
}

const isByChance = (condition: Condition, isSettable: boolean) =>
  typeof condition === 'object' &&
  ('chance' in condition || (isSettable && 'fact' in condition && SETTABLE.test(`${condition.fact} `)))

/**
 * What a target makes of a connection, as a text that is equal exactly when the outcome is: `accept`, `drop`, `proxy:PORT`,
 * `to:ADDRESS`, `unknown:TARGET`.
 */
function outcomeOf(isManaged: boolean, { target, options }: Pick<ParsedRule, 'target' | 'options'>): string {
  if (target === 'ACCEPT') return 'accept'
  if (target === 'DROP') return 'drop'
  if (target === 'REDIRECT') {
    const ports = options.get('--to-ports')
    return ports !== undefined && isManaged ? `proxy:${ports}` : `to::${ports ?? ''}`
  }
  const address = destinationOf({ target, options })
  return address === undefined ? `unknown:${target}` : `to:${address}`
}

/** The kind of an outcome and what follows it: `['to', '10.0.0.5:80']`. */
export function outcomeParts(outcome: string): [kind: string, value: string] {
  const [, kind = '', value = ''] = /^(\w+):?(.*)$/s.exec(outcome) ?? []
  return [kind, value]
}
