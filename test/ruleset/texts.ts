import { Rule } from '../../src/ruleset/rule'
import type { Ruleset } from '../../src/ruleset/ruleset'

/** A table as tests write it down and change it: the texts of the rules, chain by chain. */
export type Texts = Map<string, string[]>

export const rulesetOf = (texts: Iterable<readonly [chain: string, texts: readonly string[]]>): Ruleset =>
  new Map([...texts].map(([chain, rules]) => [chain, rules.map((text) => new Rule(chain, text))]))

export const textsOf = (ruleset: Ruleset): Texts =>
  new Map([...ruleset].map(([chain, rules]) => [chain, rules.map(({ text }) => text)]))
