import { isManagedChain, managedRules } from './ownership'
import { byChain, type Ruleset, type Wanted } from './ruleset'
import { staysInPlace } from './transaction'

/** The table that `transaction` makes of a live one: where the wanted rules will stand among foreign ones. */
export function afterwards(live: Ruleset, wanted: Wanted): Ruleset {
  const rules = byChain(wanted)
  const table: Ruleset = new Map()
  for (const chain of new Set([...live.keys(), ...wanted.chains, ...rules.keys()])) {
    const own = rules.get(chain) ?? []
    const specs = live.get(chain) ?? []
    if (isManagedChain(chain)) {
      if (wanted.chains.includes(chain)) table.set(chain, own)
    } else if (staysInPlace(live, wanted, chain)) table.set(chain, specs)
    else {
      const managed = managedRules(live, wanted, chain)
      const foreign = specs.filter((_, at) => !managed.has(at))
      table.set(chain, wanted.inFront.includes(chain) ? [...own, ...foreign] : [...foreign, ...own])
    }
  }
  return table
}
