/** The rules of the nat table: the words of each rule after its chain, in order, chain by chain. */
export type Ruleset = Map<string, string[]>

/** One rule and the chain that it stands in. */
export interface Rule {
  chain: string
  /** The words after the chain, as in `-p tcp --dport 80 -j APISIX_REDIRECT`. */
  spec: string
}

/** What our options want: the chains to declare and the rules to add, in the order of the template. */
export interface Wanted {
  chains: string[]
  rules: Rule[]
}

/** The specs of the wanted rules, chain by chain. */
export function byChain({ rules }: Wanted): Ruleset {
  const chains: Ruleset = new Map()
  for (const { chain, spec } of rules) {
    const specs = chains.get(chain)
    if (specs) specs.push(spec)
    else chains.set(chain, [spec])
  }
  return chains
}
