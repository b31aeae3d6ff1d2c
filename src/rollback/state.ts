import type { Answer, Change, Request, Snapshot } from './messages'

/** What a rollback guard does with what it keeps. */
export interface Acts {
  /** Whether these tables can be read, and so be brought back. */
  isAble(tables: Snapshot[], change: Change): Promise<boolean>
  /** Brings back what stood there; false when it has to be tried again. */
  rollBack(kept: Snapshot[], change: Change): Promise<boolean>
  /** Ends the rollback guard, once. */
  end(): void
}

/** A change that is being made, by whoever is at the other end of a connection. */
interface Writer {
  change: Change
  until: number
  isLate: boolean
  /** The tables that are kept and that this change, which need not be confirmed, has changed. */
  settled: Set<string>
}

/** In milliseconds: before the first change; between two tries; after which trying is given up. */
const IDLE = 5_000
const PAUSE = 1_000
const LONGEST = 3_600_000

/**
 * Keeps what stood before a change, and brings it back unless it is confirmed in time.
 *
 * The time runs from when the change is made, or its maker lost. A further change with a time of its own adds to what is kept,
 * which never becomes what is not confirmed, and sets the time anew. One without settles the tables that it has changed.
 */
export function rollbackGuard(acts: Acts) {
  const kept = new Map<string, Snapshot>()
  const writers = new Map<object, Writer>()
  const gone = new WeakSet<object>()
  const began = now()
  let last: Change | undefined
  let deadline: number | undefined
  let tried: number | undefined
  let trying: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  arm()

  function end() {
    isOver = true
    acts.end()
  }

  function arm() {
    clearTimeout(timer)
    const until = Math.max(deadline ?? (last ? 0 : began + IDLE), ...[...writers.values()].map((each) => each.until))
    if (!trying && !isOver) timer = setTimeout(fire, Math.max(0, until - now()))
  }

  function fire() {
    trying ??= attempt().finally(() => {
      trying = undefined
      arm()
    })
  }

  async function attempt() {
    if (!last) return end()
    tried ??= now()
    for (const writer of writers.values()) writer.isLate = true
    const isBack = await acts.rollBack([...kept.values()], last)
    if ((isBack && writers.size === 0) || now() - tried > LONGEST) return end()
    deadline = now() + PAUSE
  }

  function change(who: object, request: Change): Answer {
    if (isOver) return 'late'
    const earlier = writers.get(who)
    const settled = new Set(earlier?.settled)
    if (request.within !== undefined) last = request
    for (const each of request.tables) {
      const key = `${each.backend.family} ${each.backend.name}`
      if (request.within === undefined && kept.has(key)) settled.add(key)
      if (request.within !== undefined && !kept.has(key)) kept.set(key, each)
    }
    writers.set(who, { change: request, until: now() + request.holds, isLate: earlier?.isLate ?? false, settled })
    return 'ok'
  }

  function done(who: object): Answer {
    const writer = writers.get(who)
    writers.delete(who)
    if (!writer || writer.isLate) return 'late'
    if (writer.change.within !== undefined) {
      tried = undefined
      deadline = now() + 1000 * writer.change.within
      return 'ok'
    }
    if (writer.settled.size > 0 && writers.size > 0) return 'busy'
    for (const key of writer.settled) kept.delete(key)
    if (kept.size > 0) return writer.settled.size > 0 ? 'part' : 'pending'
    end()
    return 'ok'
  }

  function confirm(): Answer {
    if (writers.size > 0) return 'busy'
    if (tried !== undefined || !last || isOver) return 'late'
    end()
    return 'ok'
  }

  return {
    async answer(who: object, request: Request): Promise<Answer> {
      const isAble = request.ask !== 'change' || (await acts.isAble(request.tables, request))
      await trying
      // Meanwhile somebody may have hung up, whom nobody would lose any more.
      if (gone.has(who)) return 'gone'
      if (!isAble) return 'unable'
      const answer = {
        change: () => change(who, request as Change),
        done: () => done(who),
        failed: () => {
          if (writers.delete(who)) deadline ??= now()
          return 'ok' as const
        },
        confirm,
      }[request.ask]()
      arm()
      return answer
    },
    /** Somebody has hung up, or was killed, and so have the tools that he had started: they hold his connection open. */
    lost(who: object): void {
      gone.add(who)
      const writer = writers.get(who)
      if (!writer) return
      writers.delete(who)
      const { within } = writer.change
      if (within !== undefined && !writer.isLate) deadline = now() + 1000 * within
      arm()
    },
    /** Does not wait any longer. */
    hurry(): void {
      for (const writer of writers.values()) writer.until = 0
      deadline = 0
      arm()
    },
  }
}

/** No clock that somebody could set. */
function now(): number {
  return performance.now()
}
