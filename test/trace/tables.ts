import type { Interception } from '../../src/interception/interception'
import { wantedRules } from '../../src/render/render'
import { Rule } from '../../src/ruleset/rule'
import { asSaved, forFamily, type Ruleset } from '../../src/ruleset/ruleset'

const BUILT_IN = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']

/** A table out of its rules, one `CHAIN TEXT` each; chains are there that have a rule, and those that are named alone. */
export function tableOf(...rules: string[]): Ruleset {
  const table: Ruleset = new Map(BUILT_IN.map((chain) => [chain, []]))
  for (const rule of rules) {
    const [, chain = '', text] = /^(\S+)(?: (.*))?$/.exec(rule) ?? []
    const rules = table.get(chain) ?? []
    table.set(chain, text === undefined ? rules : [...rules, new Rule(chain, text)])
  }
  return table
}

/** The table that an interception makes where nobody else has rules. */
export const tableFor = (interception: Interception): Ruleset =>
  asSaved(forFamily(wantedRules(interception), interception.ipv4 ? 'ipv4' : 'ipv6'))

/** A table as `iptables-save` prints it. */
export function savedText(table: Ruleset): string {
  const chains = [...table.keys()].map((chain) => `:${chain} ${BUILT_IN.includes(chain) ? 'ACCEPT' : '-'} [0:0]`)
  const rules = [...table.values()].flat().map(({ line }) => line.trimEnd())
  return `${['*nat', ...chains, ...rules, 'COMMIT'].join('\n')}\n`
}
