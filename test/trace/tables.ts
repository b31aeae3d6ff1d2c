import type { Interception } from '../../src/interception/interception'
import { wantedRules } from '../../src/render/render'
import { asSaved, forFamily, type Ruleset } from '../../src/ruleset/ruleset'

const BUILT_IN = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']

/** A table out of its rules, one `CHAIN SPEC` each; chains are there that have a rule, and those that are named alone. */
export function tableOf(...rules: string[]): Ruleset {
  const table: Ruleset = new Map(BUILT_IN.map((chain) => [chain, []]))
  for (const rule of rules) {
    const [, chain = '', spec] = /^(\S+)(?: (.*))?$/.exec(rule) ?? []
    const specs = table.get(chain) ?? []
    table.set(chain, spec === undefined ? specs : [...specs, spec])
  }
  return table
}

/** The table that an interception makes where nobody else has rules. */
export const tableFor = (interception: Interception): Ruleset =>
  asSaved(forFamily(wantedRules(interception), interception.ipv4 ? 'ipv4' : 'ipv6'))

/** A table as `iptables-save` prints it. */
export function savedText(table: Ruleset): string {
  const chains = [...table.keys()].map((chain) => `:${chain} ${BUILT_IN.includes(chain) ? 'ACCEPT' : '-'} [0:0]`)
  const rules = [...table].flatMap(([chain, specs]) => specs.map((spec) => `-A ${chain} ${spec}`.trimEnd()))
  return `${['*nat', ...chains, ...rules, 'COMMIT'].join('\n')}\n`
}
