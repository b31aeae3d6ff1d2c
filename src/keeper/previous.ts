import { isOurChain, ourRules, setOf } from '../ruleset/ours'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'

/** What is ours in a table, and where it goes when it has to be written again: where it stands now. */
export function previousSet(live: Ruleset): Wanted {
  return { ...setOf(live), position: standsInFront(live) ? 'first' : 'last' }
}

/** Whether our rules stand in front of those of others in every chain that both share, of which there is one at least. */
function standsInFront(live: Ruleset): boolean {
  const shared = [...live].flatMap(([chain, specs]) => {
    const ours = isOurChain(chain) ? new Set<number>() : ourRules(live, NOTHING, chain)
    return ours.size > 0 && ours.size < specs.length ? [ours] : []
  })
  return shared.length > 0 && shared.every((ours) => Math.max(...ours) < ours.size)
}
