import { canonical } from './canonical'
import { isOurChain, jumpsTo, OUR_CHAINS, ourRules } from './ours'
import { byChain, type Rule, type Ruleset, type Wanted } from './ruleset'

/** One document's worth of change to the nat table, in the order in which it is made. */
export interface Transaction {
  /** Chains made with `-N`: rejected when one exists already. */
  create: string[]
  /** Chains made, or emptied, with `:CHAIN - [0:0]` (facts 5). */
  reset: string[]
  /** Rules taken out with `-D`. */
  remove: Rule[]
  /** Rules put in with `-A`. */
  add: Rule[]
  /** Chains emptied and deleted with `-F` and `-X`. */
  drop: string[]
}

export const NOTHING: Wanted = { chains: [], rules: [] }

export function isEmpty(transaction: Transaction): boolean {
  return Object.values(transaction).every(({ length }) => length === 0)
}

/** All of the wanted rules, for a table that holds none of ours. */
export function declaration({ chains, rules }: Wanted): Transaction {
  return { create: [], reset: chains, remove: [], add: rules, drop: [] }
}

/** Undoes `declaration`: the rules in chains that are not ours, then our chains, those first that jump to others. */
export function inverse({ chains, rules }: Wanted): Transaction {
  const foreign = rules.filter(({ chain }) => !isOurChain(chain))
  const inbound = foreign.filter(({ chain }) => chain === 'PREROUTING')
  const outbound = foreign.filter(({ chain }) => chain !== 'PREROUTING')
  return { create: [], reset: [], remove: [...inbound, ...outbound], add: [], drop: chains.toReversed() }
}

/** What makes the wanted rules the only ones of ours in the live table. Empty when they are in force already. */
export function transaction(live: Ruleset, wanted: Wanted): Transaction {
  const wantedRules = byChain(wanted)
  const isDifferent = (chain: string) => !same(live.get(chain), wantedRules.get(chain))
  const create = wanted.chains.filter((chain) => !live.has(chain))
  const changed = wanted.chains.filter((chain) => live.has(chain) && isDifferent(chain))
  const drop = OUR_CHAINS.filter((chain) => live.has(chain) && !wanted.chains.includes(chain)).toReversed()
  const blocks = blocksThatDiffer(live, wantedRules)
  const written = new Set([...create, ...changed, ...blocks])
  return {
    create,
    reset: [...changed, ...drop.filter((chain, at) => jumpsBack(live.get(chain), drop.slice(0, at)))],
    remove: blocks.flatMap((chain) => removable(live, chain).map((spec) => ({ chain, spec }))),
    add: wanted.rules.filter(({ chain }) => written.has(chain)),
    drop,
  }
}

/** The chains of others whose block of our rules is not whole and in order. */
function blocksThatDiffer(live: Ruleset, wanted: Ruleset): string[] {
  const foreign = [...new Set([...live.keys(), ...wanted.keys()])].filter((chain) => !isOurChain(chain))
  return foreign.filter((chain) => {
    const specs = live.get(chain) ?? []
    const block = ourRules(live, chain).map((at) => specs[at] as string)
    return !same(block, wanted.get(chain))
  })
}

function same(live: string[] = [], wanted: string[] = []): boolean {
  return live.length === wanted.length && live.every((spec, at) => canonical(spec) === canonical(wanted[at] as string))
}

/**
 * Our rules in a chain of others, less those that `-D` would mistake: it takes the first rule of equal text, and when that
 * is somebody else's, with others between, removing ours would move theirs. Such a rule never matches, and stays.
 */
function removable(live: Ruleset, chain: string): string[] {
  const specs = live.get(chain) ?? []
  const positions = new Set(ourRules(live, chain))
  const ours = specs.filter((_, at) => positions.has(at))
  const theirs = specs.filter((_, at) => !positions.has(at))
  if (without(specs, ours).every((spec, at) => spec === theirs[at])) return ours
  const taken = new Set(theirs)
  return ours.filter((spec) => !taken.has(spec))
}

/** The specs that are left after a `-D` of each: every one takes away the first that equals it. */
function without(specs: string[], removed: string[]): string[] {
  const count = new Map<string, number>()
  for (const spec of removed) count.set(spec, (count.get(spec) ?? 0) + 1)
  return specs.filter((spec) => {
    const left = count.get(spec) ?? 0
    count.set(spec, left - 1)
    return left <= 0
  })
}

/** Whether a chain to drop still jumps to one that is dropped before it, and so has to be emptied first. */
function jumpsBack(specs: string[] = [], dropped: string[]): boolean {
  return specs.some((spec) => dropped.includes(jumpsTo(spec) ?? ''))
}
