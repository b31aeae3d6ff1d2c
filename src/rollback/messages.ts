import type { Backend } from '../netfilter/backend'
import type { Wanted } from '../ruleset/ruleset'

/** The managed rules of one table before a change. */
export interface Snapshot {
  backend: Backend
  before: Wanted
}

/** Sent before a table is changed, and again before the next one. */
export interface Change {
  ask: 'change'
  tables: Snapshot[]
  netns: string | undefined
  /** Seconds to wait for the xtables lock. */
  wait: number
  /** Milliseconds that the change may take: no rollback begins until then. */
  holds: number
  /** Seconds in which it has to be confirmed; undefined for a change that needs no confirmation. */
  within: number | undefined
}

/** What a rollback guard is asked, a line of JSON each. */
export type Request = Change | { ask: 'done' } | { ask: 'failed' } | { ask: 'confirm' }

/**
 * What it answers, a line each. `pending`: an earlier change still waits, `part`: it does for some of its tables. `late`: a rollback
 * has begun. `busy`: another change is being made. `unable`: a table cannot be read, and so not be restored.
 *
 * `gone` is never sent: the client has hung up, or the rollback guard has ended.
 */
export type Answer = 'ok' | 'pending' | 'part' | 'late' | 'busy' | 'unable' | 'gone'
