import type { Backend } from '../netfilter/backend'
import type { Wanted } from '../ruleset/ruleset'

/** What stood in one table before it was changed. */
export interface Snapshot {
  backend: Backend
  before: Wanted
}

/** Before a table is changed: what stands there. May be asked again, for another table. */
export interface Change {
  ask: 'change'
  tables: Snapshot[]
  netns: string | undefined
  /** Seconds to wait for the xtables lock. */
  wait: number
  /** Milliseconds that the change may take; until then nothing is brought back. */
  holds: number
  /** Seconds in which it is to be confirmed; undefined for a change that stays once it is made. */
  within: number | undefined
}

/** What a rollback guard is asked, a line of JSON each. */
export type Request = Change | { ask: 'done' } | { ask: 'failed' } | { ask: 'confirm' }

/**
 * What it answers, a line each: `ok`; `pending` when an earlier change still waits, `part` when it does for some of its tables; `late` when the way back has been begun; `busy` while another change is being made;
 * `unable` when it could not bring a table back, since it cannot read it.
 *
 * `gone` is never sent: whoever asked has hung up, or the rollback guard has ended.
 */
export type Answer = 'ok' | 'pending' | 'part' | 'late' | 'busy' | 'unable' | 'gone'
