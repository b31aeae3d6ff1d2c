import { UserError } from '../diagnostics/user-error'
import { commandOf, TOOL } from '../netfilter/backend'
import { converge, type Outcome, type Watch } from '../netfilter/converge'
import type { Nat } from '../netfilter/nat'
import type { Access } from '../netfilter/tables'
import { renderDocument } from '../render/render'
import { mayHaveGuard } from '../rollback/connection'
import { type RecordSnapshot, withRollbackGuard } from '../rollback/with-guard'
import type { Families, Family } from '../ruleset/families'
import { foreignLookAlikes, foreignRulesTrack, warningsOfStrays } from '../ruleset/ownership'
import type { Rule } from '../ruleset/rule'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { isEmpty, NOTHING, transaction } from '../ruleset/transaction'
import { holdOpen } from '../system/run'
import { sayVerbosely } from './access'
import { deliver, type Output } from './output'
import type { Session } from './session'

/** Makes the wanted rules active in one table, prints what it leaves in place, and gives what it did. */
export async function convergeTable(
  session: Session,
  nat: Nat,
  wanted: Wanted,
  { backend, deadline }: Access,
  watch: Watch = {},
): Promise<Outcome> {
  const { name, restore } = nat.backend
  sayVerbosely(session, `backend ${name} (${restore}), ${backend === 'auto' ? 'as found' : 'as given'}`)
  const sends = (document: string) => sayVerbosely(session, `to ${restore}:\n${document}`)
  const outcome = await converge(nat, wanted, deadline, { ...watch, sends })
  printWhatStays(session, outcome.before, wanted, outcome.stays, commandOf(nat.backend))
  return outcome
}

/**
 * Makes a change that has to be confirmed within so many seconds, or one that settles what waits to be confirmed.
 *
 * `keep` is to be told of each table before it is changed; there is none when nothing has to be kept.
 */
export async function withRollback(
  session: Session,
  access: Access,
  within: number | undefined,
  change: (keep?: RecordSnapshot) => Promise<number>,
): Promise<number> {
  if (within === undefined && !mayHaveGuard()) return change()
  return withRollbackGuard(access, within, change, { say: session.say, note: session.note, UserError, holdOpen })
}

/** Delivers the document that makes the wanted rules the only managed ones in a saved table; nothing when they are. */
export function deliverChange(
  session: Session,
  saved: Ruleset,
  family: Family,
  wanted: Wanted,
  output: Output,
  families?: Families,
): void {
  const change = transaction(saved, wanted)
  printWhatStays(session, saved, wanted, change.stays, TOOL[family])
  if (isEmpty(change)) session.say(wanted === NOTHING ? 'no managed rules found.' : 'already active.')
  deliver(session, isEmpty(change) ? '' : renderDocument(change), output, families)
}

/** Prints what was changed, and what that means to established connections. */
export function printChange(session: Session, what: string, { before, done }: Outcome): void {
  const isTracked = done === 'replaced' || foreignRulesTrack(before)
  session.say(`${what}. Established connections ${isTracked ? 'are not affected' : MAY_BE_RESET}.`)
}

const MAY_BE_RESET = 'may be reset, because nothing in this table tracked them before'

/** `3 chains, 8 rules (nft)`. */
export function sizeOf(chains: number, rules: number, backend?: string): string {
  const many = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`
  return `${many(chains, 'chain')}, ${many(rules, 'rule')}${backend === undefined ? '' : ` (${backend})`}`
}

function printWhatStays(session: Session, live: Ruleset, wanted: Wanted, stays: Rule[], tool: string): void {
  for (const chain of foreignLookAlikes(live)) session.note(`foreign chain left unchanged: ${chain}`)
  for (const warning of warningsOfStrays(live, wanted, tool)) session.print(warning)
  for (const line of counted(stays.map(({ line }) => line)))
    session.note(`left in place, because -D would remove an equal foreign rule in front of it: ${line}`)
}

/** Each line once, with how often it is there when that is more than once. */
export function counted(lines: string[]): string[] {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line} (${count} times)`))
}
