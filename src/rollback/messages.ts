import type { Backend } from '../netfilter/backend'

/** Sent before a change is made, and again before each table is changed. */
export interface Change {
  ask: 'change'
  table?: Backend
  /** Seconds to wait for the xtables lock. */
  wait: number
  /** Milliseconds that the change may take: no rollback begins until then. A try to roll back may take as long. */
  holds: number
  /** Seconds in which it has to be confirmed; undefined for a change that needs no confirmation. */
  within: number | undefined
}

/** What a rollback guard is asked, as JSON. It is short and waits for its answer: what is read at once is one message. */
export type Request = Change | { ask: 'done' | 'failed' | 'confirm' }

/**
 * What it answers, a word each. `pending`: an earlier change still waits, `part`: it does for some of its tables. `late`: a rollback
 * has begun. `busy`: another change is being made. `unable`: a table cannot be read, and so not be restored.
 *
 * `gone` is never sent: the client has hung up, or the rollback guard has ended.
 */
export type Answer = 'ok' | 'pending' | 'part' | 'late' | 'busy' | 'unable' | 'gone'
