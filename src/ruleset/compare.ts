import { canonical } from './canonical'
import { blockOf, isOurChain } from './ours'
import { byChain, type Ruleset, type Wanted } from './ruleset'

/** How the live table differs from the wanted rules, in one line of it. */
export interface Difference {
  kind: 'missing' | 'extra' | 'duplicate' | 'misplaced'
  /** `-A CHAIN …` in canonical form, or `-N CHAIN`. */
  line: string
}

/** Every difference between our rules in the live table and the wanted ones, in content, count and order. */
export function compare(live: Ruleset, wanted: Wanted): Difference[] {
  const wantedRules = byChain(wanted)
  const chains = new Set([...wanted.chains, ...wantedRules.keys(), ...live.keys()])
  return [...chains].flatMap((chain) => [
    ...compareChain(chain, live, wanted.chains.includes(chain)),
    ...compareRules(blockOf(live, wanted, chain), wantedRules.get(chain) ?? []).map(({ kind, line }) => ({
      kind,
      line: `-A ${chain} ${line}`,
    })),
  ])
}

function compareChain(chain: string, live: Ruleset, isWanted: boolean): Difference[] {
  if (!isOurChain(chain) || isWanted === live.has(chain)) return []
  return [{ kind: isWanted ? 'missing' : 'extra', line: `-N ${chain}` }]
}

function compareRules(live: string[], wanted: string[]): Difference[] {
  const places = new Map<string, number[]>()
  for (const [at, spec] of wanted.map(canonical).entries()) places.set(spec, [...(places.get(spec) ?? []), at])
  const wants = new Set(places.keys())
  const surplus: Difference[] = []
  const found: { line: string; place: number }[] = []
  for (const line of live.map(canonical)) {
    const place = places.get(line)?.shift()
    if (place === undefined) surplus.push({ kind: wants.has(line) ? 'duplicate' : 'extra', line })
    else found.push({ line, place })
  }
  const inOrder = longestRise(found.map(({ place }) => place))
  const misplaced = found.filter(({ place }) => !inOrder.has(place))
  const missing = [...places].flatMap(([line, left]) => left.map(() => line))
  return [
    ...missing.map((line): Difference => ({ kind: 'missing', line })),
    ...surplus,
    ...misplaced.map(({ line }): Difference => ({ kind: 'misplaced', line })),
  ]
}

/** The most of the numbers that stand in rising order already: those that need not move. */
function longestRise(numbers: number[]): Set<number> {
  const tails: number[] = []
  const before = new Map<number, number | undefined>()
  for (const number of numbers) {
    let low = 0
    for (let high = tails.length; low < high; ) {
      const middle = (low + high) >> 1
      if ((tails[middle] as number) < number) low = middle + 1
      else high = middle
    }
    before.set(number, tails[low - 1])
    tails[low] = number
  }
  const rise = new Set<number>()
  for (let number = tails.at(-1); number !== undefined; number = before.get(number)) rise.add(number)
  return rise
}
