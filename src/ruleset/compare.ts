import { blockOf, isManagedChain, managedRules } from './ownership'
import type { Rule } from './rule'
import { byChain, type Ruleset, type Wanted } from './ruleset'
import { isBehindForeign } from './transaction'

/** How the live table differs from the wanted rules, in one rule, or in a chain as such. */
export interface Difference {
  kind: 'missing' | 'extra' | 'duplicate' | 'misplaced'
  chain: string
  rule?: Rule
}

/** Every difference between managed rules in the live table and the wanted ones, in content, count and order. */
export function compare(live: Ruleset, wanted: Wanted): Difference[] {
  const wantedRules = byChain(wanted)
  const chains = new Set([...wanted.chains, ...wantedRules.keys(), ...live.keys()])
  return [...chains].flatMap((chain) => [
    ...compareChain(chain, live, wanted.chains.includes(chain)),
    ...compareRules(blockOf(live, wanted, chain), wantedRules.get(chain) ?? []),
    ...comparePlace(chain, live, wanted),
  ])
}

function compareChain(chain: string, live: Ruleset, isWanted: boolean): Difference[] {
  if (!isManagedChain(chain) || isWanted === live.has(chain)) return []
  return [{ kind: isWanted ? 'missing' : 'extra', chain }]
}

/** Where the managed rules are to be in front, and are not: the first of them behind a foreign rule. */
function comparePlace(chain: string, live: Ruleset, wanted: Wanted): Difference[] {
  if (isManagedChain(chain) || !isBehindForeign(live, wanted, chain)) return []
  const managed = managedRules(live, wanted, chain)
  const at = [...managed].sort((one, two) => one - two).find((position, index) => position > index) as number
  return [{ kind: 'misplaced', chain, rule: live.get(chain)?.[at] as Rule }]
}

function compareRules(live: Rule[], wanted: Rule[]): Difference[] {
  const places = new Map<string, number[]>()
  for (const [at, { canonical }] of wanted.entries()) places.set(canonical, [...(places.get(canonical) ?? []), at])
  const isWanted = (rule: Rule) => places.has(rule.canonical)
  const placed = live.map((rule) => ({ rule, place: nextPlace(places.get(rule.canonical)) }))
  const inOrder = longestRise(placed.map(({ place }) => place))
  const filled = new Set([...inOrder].map((at) => placed[at]?.place))
  const surplus: Difference[] = []
  const misplaced: Difference[] = []
  for (const [at, { rule, place }] of placed.entries()) {
    if (inOrder.has(at)) continue
    if (place === undefined && !isWanted(rule)) surplus.push(difference('extra', rule))
    else if (place === undefined || filled.has(place)) surplus.push(difference('duplicate', rule))
    else misplaced.push(difference('misplaced', rule))
    filled.add(place)
  }
  const missing = [...places.values()].flat().filter((place) => !filled.has(place))
  return [...missing.map((place) => difference('missing', wanted[place] as Rule)), ...surplus, ...misplaced]
}

const difference = (kind: Difference['kind'], rule: Rule): Difference => ({ kind, chain: rule.chain, rule })

/** Where a copy of a rule belongs: those of one that is wanted once all at its place, those of other rules one after the other. */
function nextPlace(places: number[] = []): number | undefined {
  return places.length > 1 ? places.shift() : places[0]
}

/** The most of the numbers that stand in rising order already: the positions of those that need not move. */
function longestRise(numbers: (number | undefined)[]): Set<number> {
  const tails: number[] = []
  const before: (number | undefined)[] = []
  for (const [at, number] of numbers.entries()) {
    if (number === undefined) continue
    let low = 0
    for (let high = tails.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((numbers[tails[middle] as number] as number) < number) low = middle + 1
      else high = middle
    }
    before[at] = tails[low - 1]
    tails[low] = at
  }
  const rise = new Set<number>()
  for (let at = tails.at(-1); at !== undefined; at = before[at]) rise.add(at)
  return rise
}
