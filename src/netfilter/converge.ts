import { UserError } from '../diagnostics/user-error'
import { renderDocument } from '../render/render'
import { hasManagedChains } from '../ruleset/ownership'
import type { Rule } from '../ruleset/rule'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { isEmpty, transaction } from '../ruleset/transaction'
import { type Nat, readTable } from './nat'

/** What `converge` found and did. */
export interface Outcome {
  /** The table as it was first read. */
  before: Ruleset
  done: 'unchanged' | 'created' | 'replaced' | 'removed'
  /** Managed rules that stay, as of the first computation: see `Change`. */
  stays: Rule[]
}

/** What goes along with a run of `converge`. */
export interface Watch {
  /** The table as it was read already, so that it need not be read again. */
  first?: Ruleset
  /** Is told of the table before it is changed, and awaited. */
  changes?: (live: Ruleset) => Promise<void>
  /** Is told of each document before it is written. */
  sends?: (document: string) => void
}

/** So often in a row the same document may be written in vain before other writers are no longer the likely reason. */
const MAX_VAIN_WRITES = 20
const MAX_PAUSE_MS = 100

/**
 * Makes the wanted rules the only managed ones in the live table: read, write one document, read back, until it holds.
 *
 * A rejected document, or a table that reads back differently, means that somebody wrote in between: it is read and computed
 * again until the deadline (ms, as of `Date.now()`). Nothing is forced. Throws a UserError when it cannot be done.
 */
export async function converge(nat: Nat, wanted: Wanted, deadline: number, watch: Watch = {}): Promise<Outcome> {
  let before: Ruleset | undefined
  let stays: Rule[] | undefined
  let written = ''
  let inVain = 0
  for (let round = 0; ; round++) {
    const live = (round === 0 && watch.first) || (await readTable(nat, written !== ''))
    before ??= live
    const change = transaction(live, wanted)
    stays ??= change.stays
    if (isEmpty(change)) return { before, stays, done: outcome(before, wanted, written !== '') }
    if (Date.now() >= deadline)
      throw new UserError('other programs keep changing the nat table until the deadline', {
        remedy: 'Retry, or use a longer --timeout',
        state: 'Nothing is half done',
      })

    if (written === '') await watch.changes?.(live)
    const document = renderDocument(change)
    watch.sends?.(document)
    const rejection = await nat.write(document)
    inVain = document === written ? inVain + 1 : 0
    if (inVain >= MAX_VAIN_WRITES)
      throw rejection ?? new UserError(`${nat.backend.restore} reports success, but the rules are not in the table`)
    written = document
    if (round > 0) await pause(Math.random() * Math.min(MAX_PAUSE_MS, 2 ** round))
  }
}

function outcome(before: Ruleset, wanted: Wanted, isWritten: boolean): Outcome['done'] {
  if (!isWritten) return 'unchanged'
  if (wanted.chains.length === 0) return 'removed'
  return hasManagedChains(before) ? 'replaced' : 'created'
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
