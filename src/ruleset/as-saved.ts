import { canonical } from './canonical'
import { BUILT_IN, byChain, type Ruleset, type Wanted } from './ruleset'

/** The table that the wanted rules of one family make where nobody else has rules, as `iptables-save` prints it. */
export function asSaved(wanted: Wanted): Ruleset {
  const chains = byChain(wanted)
  return new Map([...BUILT_IN, ...wanted.chains].map((chain) => [chain, (chains.get(chain) ?? []).map(canonical)]))
}
