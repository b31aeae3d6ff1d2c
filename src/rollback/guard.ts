import type { Answer, Change, Request, Snapshot } from './messages'
import * as events from './state'

/** What a rollback guard does with tables. */
export interface Acts {
  /** Whether these tables can be read, and so be restored. */
  canRead(tables: Snapshot[], change: Change): Promise<boolean>
  /** Restores the snapshots; false when it has to be tried again. */
  restore(snapshots: Snapshot[], change: Change): Promise<boolean>
  /** Ends the rollback guard, once. */
  end(): void
}

/** No clock that can be set. */
const now = () => performance.now()

/** Runs the state machine of `state.ts`: requests and hang-ups come in, and a timer rolls back when it is due. */
export function rollbackGuard({ canRead, restore, end }: Acts, clock = now) {
  const state = events.begin(clock())
  const gone = new WeakSet<events.Client>()
  let rollback: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let hasEnded = false
  schedule()

  function schedule() {
    clearTimeout(timer)
    if (state.phase === 'over') {
      if (!hasEnded) end()
      hasEnded = true
    } else if (!rollback) timer = setTimeout(rollBack, Math.max(0, events.wakesAt(state) - clock()))
  }

  function rollBack() {
    rollback = tryOnce().finally(() => {
      rollback = undefined
      schedule()
    })
  }

  async function tryOnce() {
    if (!events.beginRollback(state, clock())) return
    const isRestored = await restore([...state.snapshots.values()], state.last as Change)
    events.endRollback(state, isRestored, clock())
  }

  async function answer(client: events.Client, request: Request): Promise<Answer> {
    const isReadable = request.ask !== 'change' || (await canRead(request.tables, request))
    await rollback
    // Whoever has hung up meanwhile would not be missed any more.
    if (gone.has(client)) return 'gone'
    if (!isReadable) return 'unable'
    if (state.phase === 'over') return 'late'
    const result = {
      change: () => events.announce(state, client, request as Change, clock()),
      done: () => events.finish(state, client, clock()),
      failed: () => events.fail(state, client),
      confirm: () => events.confirm(state),
    }[request.ask]()
    schedule()
    return result
  }

  return {
    answer,
    /** A client has hung up, or was killed, and so have the tools that it had started: they hold its connection open. */
    lost(client: events.Client): void {
      gone.add(client)
      events.lose(state, client, clock())
      schedule()
    },
    hurry(): void {
      events.hurry(state)
      schedule()
    },
  }
}
