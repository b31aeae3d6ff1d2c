import { isManagedChain, managedRules, managedSet } from './ownership'
import type { Ruleset, Wanted } from './ruleset'
import { NOTHING } from './transaction'

/** What is ours in a table, and in which chains it goes in front when it has to be written again: where it stands so now. */
export function previousSet(live: Ruleset): Wanted {
  return {
    ...managedSet(live),
    inFront: sharedChains(live)
      .filter(([, ours]) => Math.max(...ours) < ours.size)
      .map(nameOf),
  }
}

/** The chains in which rules of others stand both in front of ours and behind: written again, ours would stand behind all. */
export function chainsBetween(live: Ruleset): string[] {
  return sharedChains(live)
    .filter(([chain, ours]) => !isAtAnEnd([...ours], live.get(chain)?.length ?? 0))
    .map(nameOf)
}

const nameOf = ([chain]: [string, Set<number>]) => chain

/** The chains of others that hold rules of theirs and of ours, with the positions of ours. */
function sharedChains(live: Ruleset): [chain: string, ours: Set<number>][] {
  return [...live].flatMap(([chain, specs]): [string, Set<number>][] => {
    const ours = isManagedChain(chain) ? new Set<number>() : managedRules(live, NOTHING, chain)
    return ours.size > 0 && ours.size < specs.length ? [[chain, ours]] : []
  })
}

const isAtAnEnd = (ours: number[], length: number) =>
  Math.max(...ours) < ours.length || Math.min(...ours) === length - ours.length
