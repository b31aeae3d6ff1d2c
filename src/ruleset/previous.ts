import { isManagedChain, managedRules, managedSet } from './ownership'
import type { Ruleset, Wanted } from './ruleset'
import { NOTHING } from './transaction'

/** The managed rules of a table, and in which chains they go in front when they have to be written again: where they are in front now. */
export function previousSet(live: Ruleset): Wanted {
  return {
    ...managedSet(live),
    inFront: sharedChains(live)
      .filter(([, managed]) => Math.max(...managed) < managed.size)
      .map(nameOf),
  }
}

/** The chains with foreign rules both in front of the managed ones and behind: written again, these would be behind all. */
export function chainsBetween(live: Ruleset): string[] {
  return sharedChains(live)
    .filter(([chain, managed]) => !isAtAnEnd([...managed], live.get(chain)?.length ?? 0))
    .map(nameOf)
}

const nameOf = ([chain]: [string, Set<number>]) => chain

/** The built-in and foreign chains that hold foreign and managed rules, with the positions of the managed ones. */
function sharedChains(live: Ruleset): [chain: string, managed: Set<number>][] {
  return [...live].flatMap(([chain, rules]): [string, Set<number>][] => {
    const managed = isManagedChain(chain) ? new Set<number>() : managedRules(live, NOTHING, chain)
    return managed.size > 0 && managed.size < rules.length ? [[chain, managed]] : []
  })
}

const isAtAnEnd = (managed: number[], length: number) =>
  Math.max(...managed) < managed.length || Math.min(...managed) === length - managed.length
