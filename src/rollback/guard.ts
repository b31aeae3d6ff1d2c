import type { Backend } from '../netfilter/backend'
import type { Answer, Change, Request } from './messages'

/** Who asks: a connection. */
type Client = object

/** Restores a table. Rejects when that has to be tried again. */
type Restore = () => Promise<void>

/** A change that is being made. */
interface Pending {
  within: number | undefined
  /** When it must be made: no rollback begins until then. 0 when one has begun all the same. */
  until: number
  /** The tables to be rolled back that this change, which needs no confirmation, changes. */
  settles: Set<string>
}

/** `waiting`: for a change or its confirmation. `rolling back`: tried at least once. `over`: confirmed, restored or given up. */
interface State {
  phase: 'waiting' | 'rolling back' | 'over'
  /** What is to be rolled back, by name: each as it was before its first change. */
  tables: Map<string, Restore>
  pending: Map<Client, Pending>
  /** When to roll back; a pending change delays it. */
  dueAt: number
  /** When the rollback was tried first. */
  triedAt: number
}

/** In milliseconds: until the first change, between two tries to roll back, and until it gives up. */
const IDLE = 5_000
const RETRY = 1_000
const GIVE_UP = 3_600_000

/** No clock that can be set. */
const now = () => performance.now()

const wakesAt = ({ dueAt, pending }: State) => Math.max(dueAt, ...[...pending.values()].map(({ until }) => until))

/** A change was made: its time runs from now. One that needs no confirmation settles the tables that it has changed. */
function finish(state: State, client: Client): Answer {
  const made = state.pending.get(client)
  state.pending.delete(client)
  if (!made || made.until === 0) return 'late'
  if (made.within !== undefined) {
    Object.assign(state, { phase: 'waiting', dueAt: now() + 1000 * made.within })
    return 'ok'
  }
  if (made.settles.size === 0) return 'pending'
  if (state.pending.size > 0) return 'busy'
  for (const table of made.settles) state.tables.delete(table)
  if (state.tables.size > 0) return 'part'
  state.phase = 'over'
  return 'ok'
}

/** A change failed: nothing new to confirm. */
function fail({ pending }: State, client: Client): Answer {
  pending.delete(client)
  return 'ok'
}

/** A client hung up, or was killed with the tools that it had started: a change that has to be confirmed may have been made. */
const lose = (state: State, client: Client): Answer =>
  state.pending.get(client)?.within === undefined ? fail(state, client) : finish(state, client)

function confirm(state: State): Answer {
  if (state.pending.size > 0) return 'busy'
  if (state.phase !== 'waiting' || state.tables.size === 0) return 'late'
  state.phase = 'over'
  return 'ok'
}

/** Tries to roll back, until all is restored and nobody is making a change that would undo it, or for an hour. */
async function rollBack(state: State): Promise<Answer> {
  if (state.phase === 'waiting') Object.assign(state, { phase: 'rolling back', triedAt: now() })
  for (const change of state.pending.values()) change.until = 0
  let isDone = state.pending.size === 0
  for (const restore of state.tables.values()) await restore().catch(() => (isDone = false))
  if (isDone || now() - state.triedAt > GIVE_UP) state.phase = 'over'
  else state.dueAt = now() + RETRY
  return 'ok'
}

const rollBackIfDue = (state: State) => (now() < wakesAt(state) ? 'ok' : rollBack(state))

/**
 * The state machine of a rollback guard. Requests, hang-ups, signals and the time are its events, which come one after the other.
 *
 * @param snapshot reads a table before it is changed, and gives what restores it; rejects when it cannot be read
 * @param end ends the rollback guard, once
 */
export function rollbackGuard(snapshot: (table: Backend, change: Change) => Promise<Restore>, end: () => void) {
  const state: State = { phase: 'waiting', tables: new Map(), pending: new Map(), dueAt: now() + IDLE, triedAt: 0 }
  const gone = new WeakSet<Client>()
  let timer: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()

  function next(event: (state: State) => Answer | Promise<Answer>): Promise<Answer> {
    const answered = last.then(async () => {
      if (state.phase === 'over') return 'late'
      const answer = await event(state)
      schedule()
      return answer
    })
    last = answered.catch(() => {})
    return answered
  }

  function schedule() {
    clearTimeout(timer)
    if (state.phase === 'over') end()
    else timer = setTimeout(next, Math.max(0, wakesAt(state) - now()), rollBackIfDue)
  }

  /** A change is about to be made, in this table too. */
  async function announce(client: Client, change: Change): Promise<Answer> {
    const { table, within, holds } = change
    const name = `${table?.family} ${table?.name}`
    const isKnown = state.tables.has(name)
    let restore: Restore | undefined
    try {
      if (table && within !== undefined && !isKnown) restore = await snapshot(table, change)
    } catch {
      return 'unable'
    }
    // Whoever has hung up meanwhile would not be missed any more.
    if (gone.has(client)) return 'gone'
    // Nothing has to wait should the first change fail.
    if (restore && state.tables.size === 0) state.dueAt = now()
    if (restore) state.tables.set(name, restore)
    const { settles = new Set<string>(), until } = state.pending.get(client) ?? {}
    if (within === undefined && isKnown) settles.add(name)
    state.pending.set(client, { within, until: until === 0 ? 0 : now() + holds, settles })
    return 'ok'
  }

  schedule()
  return {
    answer: (client: Client, request: Request): Promise<Answer> =>
      request.ask === 'change'
        ? next(() => announce(client, request))
        : next(() => ({ done: finish, failed: fail, confirm })[request.ask](state, client)),
    lost(client: Client): void {
      gone.add(client)
      next(() => lose(state, client))
    },
    hurry: () => next(rollBack),
  }
}
