import type { Family } from './families'
import { Rule } from './rule'

/**
 * What else decides about connections that come in and go out, besides the rules of a nat table: then these rules are not the
 * whole truth about them. Undefined where nothing else was seen.
 */
export interface Unseen {
  in?: string
  out?: string
}

/** The rules of the nat table, in order, chain by chain. `unseen` says what else decides there, if anything. */
export type Ruleset = Map<string, Rule[]> & { unseen?: Unseen }

/** The chains that the kernel has in its nat table, in the order in which they are printed. */
export const BUILT_IN = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']

/** What our options want: the chains to declare and the rules to add, in the order of the template. */
export interface Wanted {
  chains: string[]
  rules: Rule[]
  /** The foreign chains in which managed rules go in front when they have to be written; in the rest they go behind all. */
  inFront: readonly string[]
}

/** What is wanted of one family, out of what is wanted of both. */
export function forFamily(wanted: Wanted, family: Family): Wanted {
  const other = family === 'ipv4' ? '-6 ' : '-4 '
  const rules = wanted.rules.filter(({ only }) => only !== other)
  return { ...wanted, rules: rules.map((rule) => (rule.only ? new Rule(rule.chain, rule.text) : rule)) }
}

/** The wanted rules, chain by chain. */
export const byChain = onceForEach(({ rules }: Wanted): Ruleset => {
  const chains: Ruleset = new Map()
  for (const rule of rules) {
    const others = chains.get(rule.chain)
    if (others) others.push(rule)
    else chains.set(rule.chain, [rule])
  }
  return chains
})

/** The table that the wanted rules of one family make where nobody else has rules, as `iptables-save` prints it. */
export function asSaved(wanted: Wanted): Ruleset {
  const rules = byChain(wanted)
  const saved = (chain: string) => (rules.get(chain) ?? []).map(({ canonical }) => new Rule(chain, canonical))
  return new Map([...BUILT_IN, ...wanted.chains].map((chain) => [chain, saved(chain)]))
}

/** Works something out once for each value that it is asked about; the values do not change meanwhile. */
export function onceForEach<K extends object, T>(work: (value: K) => T): (value: K) => T {
  const known = new WeakMap<K, T>()
  return (value) => {
    const found = known.get(value) ?? work(value)
    known.set(value, found)
    return found
  }
}
