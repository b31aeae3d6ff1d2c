import { at, blockOf, isManagedChain, MANAGED_CHAINS, managedRules } from './ownership'
import type { Rule } from './rule'
import { byChain, type Ruleset, type Wanted } from './ruleset'

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
  /** Rules put in front with `-I`, and so in reverse: an insertion by number would miss its place (facts 6). */
  insert: Rule[]
  /** Chains emptied and deleted with `-F` and `-X`. */
  drop: string[]
}

/** A transaction that is computed from a live table. */
export interface Change extends Transaction {
  /**
   * Managed rules that stay: `-D` takes the first rule of equal text, and when that is foreign, with other rules between,
   * removing the managed one would move it. Behind its equal such a rule never matches.
   */
  stays: Rule[]
}

export const NOTHING: Wanted = { chains: [], rules: [], inFront: [] }

export function isEmpty({ create, reset, remove, add, insert, drop }: Transaction): boolean {
  return [create, reset, remove, add, insert, drop].every(({ length }) => length === 0)
}

/** All of the wanted rules, for a table without managed rules. */
export function declaration(wanted: Wanted): Transaction {
  return { create: [], reset: wanted.chains, remove: [], ...placed(wanted, wanted.rules), drop: [] }
}

/** Undoes `declaration`: the managed rules in foreign chains, then the managed chains, those first that jump to other ones. */
export function inverse({ chains, rules }: Wanted): Transaction {
  const foreign = rules.filter(({ chain }) => !isManagedChain(chain))
  const inbound = foreign.filter(({ chain }) => chain === 'PREROUTING')
  const outbound = foreign.filter(({ chain }) => chain !== 'PREROUTING')
  return { create: [], reset: [], remove: [...inbound, ...outbound], add: [], insert: [], drop: chains.toReversed() }
}

/** What makes the wanted rules the only managed ones in the live table. Empty when they are active already. */
export function transaction(live: Ruleset, wanted: Wanted): Change {
  const wantedRules = byChain(wanted)
  const isDifferent = (chain: string) => !same(live.get(chain), wantedRules.get(chain))
  const create = wanted.chains.filter((chain) => !live.has(chain))
  const changed = wanted.chains.filter((chain) => live.has(chain) && isDifferent(chain))
  const drop = MANAGED_CHAINS.filter((chain) => live.has(chain) && !wanted.chains.includes(chain)).toReversed()
  const blocks = [...new Set([...live.keys(), ...wantedRules.keys()])].filter(
    (chain) => !isManagedChain(chain) && !staysInPlace(live, wanted, chain),
  )
  const written = new Set([...create, ...changed, ...blocks])
  const removals = blocks.map((chain) => removal(live, wanted, chain))
  return {
    create,
    reset: [...changed, ...drop.filter((chain, at) => jumpsBack(live.get(chain), drop.slice(0, at)))],
    remove: removals.flatMap(({ remove }) => remove),
    stays: removals.flatMap(({ stays }) => stays),
    ...placed(
      wanted,
      wanted.rules.filter(({ chain }) => written.has(chain)),
    ),
    drop,
  }
}

/** Whether managed rules in a foreign chain are the wanted ones, in order, and in front where they are to be. */
export function staysInPlace(live: Ruleset, wanted: Wanted, chain: string): boolean {
  return !isBehindForeign(live, wanted, chain) && same(blockOf(live, wanted, chain), byChain(wanted).get(chain))
}

/** Whether a foreign rule is in front of the managed ones in a chain in which these are to be in front. */
export function isBehindForeign(live: Ruleset, wanted: Wanted, chain: string): boolean {
  if (!wanted.inFront.includes(chain)) return false
  const managed = managedRules(live, wanted, chain)
  return managed.size > 0 && Math.max(...managed) >= managed.size
}

/** Rules in the order in which they are put in. */
function placed({ inFront }: Wanted, rules: Rule[]): Pick<Transaction, 'add' | 'insert'> {
  if (inFront.length === 0) return { add: rules, insert: [] }
  const goesInFront = ({ chain }: Rule) => inFront.includes(chain)
  return { add: rules.filter((rule) => !goesInFront(rule)), insert: rules.filter(goesInFront).toReversed() }
}

function same(live: Rule[] = [], wanted: Rule[] = []): boolean {
  return live.length === wanted.length && live.every((rule, at) => isSame(rule, wanted[at] as Rule))
}

function isSame(live: Rule, { canonical }: Rule): boolean {
  // What iptables-save printed is canonical already.
  return live.text === canonical || live.canonical === canonical
}

/** Which managed rules in a foreign chain `-D` can take out without touching an equal foreign rule. */
function removal(live: Ruleset, wanted: Wanted, chain: string): Pick<Change, 'remove' | 'stays'> {
  const rules = live.get(chain) ?? []
  const positions = managedRules(live, wanted, chain)
  const managed = at(rules, positions)
  const foreign = rules.filter((_, at) => !positions.has(at)).map(textOf)
  const isClean = without(rules.map(textOf), managed.map(textOf)).every((text, at) => text === foreign[at])
  const taken = new Set(isClean ? [] : foreign)
  return {
    remove: managed.filter(({ text }) => !taken.has(text)),
    stays: managed.filter(({ text }) => taken.has(text)),
  }
}

const textOf = ({ text }: Rule) => text

/** The texts that are left after a `-D` of each: every one takes away the first that equals it. */
function without(texts: string[], removed: string[]): string[] {
  const count = new Map<string, number>()
  for (const text of removed) count.set(text, (count.get(text) ?? 0) + 1)
  return texts.filter((text) => {
    const left = count.get(text) ?? 0
    count.set(text, left - 1)
    return left <= 0
  })
}

/** Whether a chain to drop still jumps to one that is dropped before it, and so has to be emptied first. */
function jumpsBack(rules: Rule[] = [], dropped: string[]): boolean {
  return rules.some(({ target }) => dropped.includes(target))
}

/** The table that `transaction` makes of a live one: where the wanted rules will stand among foreign ones. */
export function afterwards(live: Ruleset, wanted: Wanted): Ruleset {
  const wantedRules = byChain(wanted)
  const table: Ruleset = new Map()
  for (const chain of new Set([...live.keys(), ...wanted.chains, ...wantedRules.keys()])) {
    const own = wantedRules.get(chain) ?? []
    const rules = live.get(chain) ?? []
    if (isManagedChain(chain)) {
      if (wanted.chains.includes(chain)) table.set(chain, own)
    } else if (staysInPlace(live, wanted, chain)) table.set(chain, rules)
    else {
      const managed = managedRules(live, wanted, chain)
      const foreign = rules.filter((_, at) => !managed.has(at))
      table.set(chain, wanted.inFront.includes(chain) ? [...own, ...foreign] : [...foreign, ...own])
    }
  }
  return table
}
