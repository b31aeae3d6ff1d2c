import type { Answer, Change, Snapshot } from './messages'

/** Who asks: a connection. */
export type Client = object

/** A change that is being made. */
interface Pending {
  change: Change
  /** When it must be made, in milliseconds of the guard's clock. */
  until: number
  /** The tables with a snapshot that this change, which needs no confirmation, has changed. */
  settled: Set<string>
  /** Whether a rollback began meanwhile. */
  isLate: boolean
}

/**
 * The state of a rollback guard.
 *
 * `idle`: nothing to roll back. `waiting`: to be confirmed, or a change that has to be is being made. `rolling back`: tried at least
 * once. `over`: confirmed, restored or given up.
 */
export interface State {
  phase: 'idle' | 'waiting' | 'rolling back' | 'over'
  /** What a rollback restores: each table as it was before its first change. */
  snapshots: Map<string, Snapshot>
  pending: Map<Client, Pending>
  /** The last change that has to be confirmed. */
  last: Change | undefined
  /** When to roll back, or to end when there is nothing to; a pending change delays it. */
  dueAt: number
  /** When the rollback was tried first. */
  triedAt: number
}

/** In milliseconds: until the first change, between two tries to roll back, and until it gives up. */
const IDLE = 5_000
const RETRY = 1_000
const GIVE_UP = 3_600_000

export function begin(now: number): State {
  return { phase: 'idle', snapshots: new Map(), pending: new Map(), last: undefined, dueAt: now + IDLE, triedAt: 0 }
}

/** When the guard has something to do by itself. */
export const wakesAt = ({ dueAt, pending }: State) =>
  Math.max(dueAt, ...[...pending.values()].map(({ until }) => until))

/** A change is about to be made, in these tables too. */
export function announce(state: State, client: Client, change: Change, now: number): Answer {
  if (state.phase === 'over') return 'late'
  const needsConfirmation = change.within !== undefined
  const earlier = state.pending.get(client)
  const settled = new Set(earlier?.settled)
  for (const snapshot of change.tables) {
    const table = `${snapshot.backend.family} ${snapshot.backend.name}`
    if (!needsConfirmation && state.snapshots.has(table)) settled.add(table)
    if (needsConfirmation && !state.snapshots.has(table)) state.snapshots.set(table, snapshot)
  }
  if (needsConfirmation) {
    state.last = change
    if (state.phase === 'idle') Object.assign(state, { phase: 'waiting', dueAt: now })
  }
  state.pending.set(client, { change, until: now + change.holds, settled, isLate: earlier?.isLate ?? false })
  return 'ok'
}

/** A change was made: its time runs from now. One that needs no confirmation settles the tables that it has changed. */
export function finish(state: State, client: Client, now: number): Answer {
  const made = state.pending.get(client)
  state.pending.delete(client)
  if (!made || made.isLate) return 'late'
  if (made.change.within !== undefined) {
    Object.assign(state, { phase: 'waiting', dueAt: now + 1000 * made.change.within })
    return 'ok'
  }
  if (made.settled.size > 0 && state.pending.size > 0) return 'busy'
  for (const table of made.settled) state.snapshots.delete(table)
  if (state.snapshots.size > 0) return made.settled.size > 0 ? 'part' : 'pending'
  state.phase = 'over'
  return 'ok'
}

/** A change failed: nothing new to confirm. */
export function fail(state: State, client: Client): Answer {
  state.pending.delete(client)
  return 'ok'
}

/** A client hung up, or was killed with the tools that it had started: its change may have been made. */
export function lose(state: State, client: Client, now: number): void {
  const lost = state.pending.get(client)
  state.pending.delete(client)
  if (lost?.change.within !== undefined && !lost.isLate) state.dueAt = now + 1000 * lost.change.within
}

export function confirm(state: State): Answer {
  if (state.pending.size > 0) return 'busy'
  if (state.phase !== 'waiting') return 'late'
  state.phase = 'over'
  return 'ok'
}

/** Waits no longer. */
export function hurry(state: State): void {
  for (const change of state.pending.values()) change.until = 0
  state.dueAt = 0
}

/** It is due: gives whether there is something to roll back, and marks what is being made as late. */
export function beginRollback(state: State, now: number): boolean {
  if (state.last === undefined) {
    state.phase = 'over'
    return false
  }
  if (state.phase !== 'rolling back') Object.assign(state, { phase: 'rolling back', triedAt: now })
  for (const change of state.pending.values()) change.isLate = true
  return true
}

/** A rollback was tried: it ends when all is restored and nobody is making a change that would undo it, or after an hour. */
export function endRollback(state: State, isRestored: boolean, now: number): void {
  if ((isRestored && state.pending.size === 0) || now - state.triedAt > GIVE_UP) state.phase = 'over'
  else state.dueAt = now + RETRY
}
