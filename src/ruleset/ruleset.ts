import { canonical } from './rule'
import type { Unseen } from './unseen'

/**
 * The rules of the nat table: the words of each rule after its chain, in order, chain by chain.
 *
 * `unseen` says what else decides there, if anything.
 */
export type Ruleset = Map<string, string[]> & { unseen?: Unseen }

/** Works something out of the rules of a chain, once for each: what was read does not change. */
export function onceForEachChain<T>(work: (specs: string[]) => T): (specs: string[]) => T {
  const known = new WeakMap<string[], T>()
  return (specs) => {
    const found = known.get(specs) ?? work(specs)
    known.set(specs, found)
    return found
  }
}

/** The chains that the kernel has in its nat table, in the order in which they are printed. */
export const BUILT_IN = ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING']

/** One rule and the chain that it stands in. */
export interface Rule {
  chain: string
  /** The words after the chain, as in `-p tcp --dport 80 -j APISIX_REDIRECT`. */
  spec: string
  /** `-4 ` or `-6 ` where a document serves both families and the rule only one (facts 14); else empty. */
  only: string
}

/** What our options want: the chains to declare and the rules to add, in the order of the template. */
export interface Wanted {
  chains: string[]
  rules: Rule[]
  /** The foreign chains in which managed rules go in front when they have to be written; in the rest they go behind all. */
  inFront: readonly string[]
}

/** What is wanted of one family, out of what is wanted of both. */
export function forFamily(wanted: Wanted, family: 'ipv4' | 'ipv6'): Wanted {
  const other = family === 'ipv4' ? '-6 ' : '-4 '
  const rules = wanted.rules.filter(({ only }) => only !== other).map((rule) => ({ ...rule, only: '' }))
  return { ...wanted, rules }
}

const known = new WeakMap<Wanted, Ruleset>()

/** The specs of the wanted rules, chain by chain; worked out once for each set. */
export function byChain(wanted: Wanted): Ruleset {
  const chains = known.get(wanted) ?? chainsOf(wanted)
  known.set(wanted, chains)
  return chains
}

function chainsOf({ rules }: Wanted): Ruleset {
  const chains: Ruleset = new Map()
  for (const { chain, spec } of rules) {
    const specs = chains.get(chain)
    if (specs) specs.push(spec)
    else chains.set(chain, [spec])
  }
  return chains
}

/** The table that the wanted rules of one family make where nobody else has rules, as `iptables-save` prints it. */
export function asSaved(wanted: Wanted): Ruleset {
  const chains = byChain(wanted)
  return new Map([...BUILT_IN, ...wanted.chains].map((chain) => [chain, (chains.get(chain) ?? []).map(canonical)]))
}
