import type { Family } from '../ruleset/families'
import type { Rule } from '../ruleset/rule'
import type { Ruleset } from '../ruleset/ruleset'
import { destinationOf, isPassingTarget } from '../ruleset/targets'
import { type Condition, conditionOf, type Hook } from './conditions'
import { type Diagram, TooComplex } from './diagrams'
import type { Logic } from './logic'

/** A rule as the engine sees it: what it asks for, less what always holds, and what becomes of the connections that it matches. */
export interface ReadRule {
  conditions: Condition[]
  target: Target
}

/** The next rule is asked, the chain returns, another chain is asked, or it is decided: see `outcomeOf`. */
type Target = 'next' | 'back' | { chain: string; isGoto: boolean } | { outcome: string }

/** Rules that set what others match: then such a match is not the same at every rule, and counts as chance. */
const SETTING = /^(?:MARK|CONNMARK|SET)$/
const SETTABLE = /^-m (?:mark|connmark|set) /

/**
 * The rules of the chains that a built-in chain reaches, read once.
 *
 * @param isManaged whose chain's REDIRECT goes to the proxy
 */
export function readRules(
  ruleset: Ruleset,
  hook: Hook,
  family: Family,
  isManaged: (chain: string) => boolean,
): Map<string, ReadRule[]> {
  const chains = new Map<string, ReadRule[]>()
  const waiting: string[] = [hook]
  let isSetting = false
  for (let chain = waiting.pop(); chain !== undefined; chain = waiting.pop()) {
    if (chains.has(chain)) continue
    const isOurs = isManaged(chain)
    const rules: ReadRule[] = []
    for (const rule of ruleset.get(chain) ?? []) {
      const conditions = rule.matches.map((match) => conditionOf(match, hook, family)).filter((each) => each !== true)
      if (ruleset.has(rule.target) && !conditions.includes(false)) waiting.push(rule.target)
      rules.push({ conditions, target: targetOf(rule, ruleset, isOurs) })
      isSetting ||= SETTING.test(rule.target)
    }
    chains.set(chain, rules)
  }
  if (isSetting)
    for (const rules of chains.values())
      for (const rule of rules) rule.conditions = rule.conditions.map((each) => (isSettable(each) ? 'chance' : each))
  return chains
}

const isSettable = (condition: Condition) =>
  typeof condition === 'object' && 'fact' in condition && SETTABLE.test(`${condition.fact} `)

function targetOf(rule: Rule, ruleset: Ruleset, isManaged: boolean): Target {
  const { target, isGoto } = rule
  if (isPassingTarget(target)) return 'next'
  if (ruleset.has(target)) return { chain: target, isGoto }
  return target === 'RETURN' ? 'back' : { outcome: outcomeOf(rule, isManaged) }
}

/** Deeper than any kernel allows. */
const MAX_DEPTH = 500

/** Compiles the chains that a built-in chain reaches, each once. */
export class Compiler {
  private readonly compiled = new Map<string, Diagram>()
  private readonly open = new Set<string>()

  constructor(
    readonly logic: Logic,
    readonly chains: Map<string, ReadRule[]>,
  ) {}

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
    const effects = (this.chains.get(name) ?? []).map((rule) => this.effectOf(rule))
    const effect = this.logic.inTurn(effects)
    this.open.delete(name)
    this.compiled.set(name, effect)
    return effect
  }

  /** The effect of a rule on connections that meet it. */
  effectOf(rule: ReadRule): Diagram {
    const { logic } = this
    const effect = rule.conditions.includes(false) ? logic.next : this.effectOfTarget(rule)
    if (effect === logic.next) return effect
    const isChance = rule.conditions.includes('chance')
    return logic.when(this.matched(rule), isChance ? logic.either(effect, logic.next) : effect)
  }

  /** What becomes of a connection that a rule matches. */
  effectOfTarget({ target }: ReadRule): Diagram {
    const { logic } = this
    if (target === 'next') return logic.next
    if (target === 'back') return logic.back
    if ('outcome' in target) return logic.outcome(target.outcome)
    const effect = this.chain(target.chain)
    return target.isGoto ? logic.gone(effect) : logic.returned(effect)
  }

  /** The connections that a rule matches, certainly or perhaps. */
  matched({ conditions }: ReadRule): Diagram {
    return conditions.reduceRight((set, condition) => this.logic.and(this.setOf(condition), set), this.logic.all)
  }

  private setOf(condition: Condition): Diagram {
    const { logic } = this
    if (condition === 'chance') return logic.all
    if (typeof condition === 'boolean') return condition ? logic.all : logic.none
    if ('any' in condition) {
      const any = condition.any.map((each) => this.setOf(each)).reduce((one, other) => logic.or(one, other), logic.none)
      return condition.negated ? logic.minus(logic.all, any) : any
    }
    const [inside, outside] = condition.negated ? [logic.none, logic.all] : [logic.all, logic.none]
    if ('fact' in condition) return logic.cells(logic.space.indexOfFact(condition.fact), [[1, 1]], inside, outside)
    const intervals = logic.space.cellsOf(condition.dimension, condition.ranges)
    return logic.cells(logic.space.indexOf(condition.dimension), intervals, inside, outside)
  }
}

/**
 * What a target makes of a connection, as a text that is equal exactly when the outcome is: `accept`, `drop`, `proxy:PORT`,
 * `to:ADDRESS`, `unknown:TARGET`.
 */
function outcomeOf(rule: Rule, isManaged: boolean): string {
  const { target, options } = rule
  if (target === 'ACCEPT') return 'accept'
  if (target === 'DROP') return 'drop'
  if (target === 'REDIRECT') {
    const ports = options.get('--to-ports')
    return ports !== undefined && isManaged ? `proxy:${ports}` : `to::${ports ?? ''}`
  }
  const address = destinationOf(rule)
  return address === undefined ? `unknown:${target}` : `to:${address}`
}

/** The kind of an outcome and what follows it: `['to', '10.0.0.5:80']`. */
export function outcomeParts(outcome: string): [kind: string, value: string] {
  const [, kind = '', value = ''] = /^(\w+):?(.*)$/s.exec(outcome) ?? []
  return [kind, value]
}
