import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { NOTHING_CHANGED } from '../diagnostics/user-error'
import type { Nat } from '../netfilter/nat'
import type { Access } from '../netfilter/tables'
import { chainsBetween, previousSet } from '../ruleset/previous'
import type { Ruleset } from '../ruleset/ruleset'
import { type Connection, reach } from './connection'
import type { Change, Snapshot } from './messages'
import { makePlace, socketOf } from './socket'

/** Is told of each table before it is changed. */
export type RecordSnapshot = (nat: Nat, before: Ruleset) => Promise<void>

/** What is the command's own: this is bundled apart, and would have another of each. */
export interface Command {
  say(text: string): void
  /** The error that ends it. */
  refuse(problem: string, state?: string): Error
  /** Has the tools that are started hold a connection open. */
  holdOpen(connection: Socket | undefined): void
}

/** What an undo may take, beyond the time that all of it may take. */
const UNDO_TIME = 15_000

/**
 * Makes a change with a rollback guard at hand that brings back what stood before, unless it is confirmed within so many seconds.
 *
 * A change that waits already is kept from being brought back meanwhile, and goes on waiting when this one fails. Without
 * `within` no rollback guard is started, and this change settles one that waits, as far as it changes the same tables.
 */
export async function withRollbackGuard(
  { netns, wait, deadline }: Access,
  within: number | undefined,
  change: (keep: RecordSnapshot) => Promise<number>,
  { say, refuse, holdOpen }: Command,
): Promise<number> {
  const request = (tables: Snapshot[]): Change => ({
    ask: 'change',
    tables,
    netns: netns && resolve(netns),
    wait,
    holds: Math.max(0, deadline - Date.now()) + UNDO_TIME,
    within,
  })
  let guard = await reachWaiting(netns, request([]), Math.max(1_000, deadline - Date.now()))
  const wasWaiting = guard !== undefined
  holdOpen(guard?.socket)
  const keep: RecordSnapshot = async ({ backend }, before) => {
    if (!guard && within === undefined) return
    try {
      guard ??= await startGuard(netns)
      holdOpen(guard.socket)
    } catch (error) {
      throw refuse(
        `--confirm-within: the rollback guard cannot be started: ${(error as Error).message}`,
        NOTHING_CHANGED,
      )
    }
    const answer = await guard.ask(request([{ backend, before: previousSet(before) }]))
    if (within === undefined) return
    if (answer === 'unable') throw refuse('--confirm-within: the rollback guard cannot read the table', NOTHING_CHANGED)
    if (answer !== 'ok') throw refuse('--confirm-within: the rollback guard has ended', NOTHING_CHANGED)
    for (const chain of chainsBetween(before))
      say(
        `note: the managed rules in ${chain} are between foreign rules. A rollback would put them behind all of them.`,
      )
  }

  try {
    const status = await change(keep)
    const answer = await guard?.ask({ ask: 'done' })
    if (answer === 'late') throw refuse('it took too long', 'The previous rules are being restored')
    if (!answer || (answer === 'gone' && within === undefined)) return status
    if (answer === 'busy') {
      say('note: another change is being made and waits for `confirm`. A rollback may undo both.')
      return status
    }
    if (answer === 'pending') return status
    if (answer === 'part') {
      say('note: an earlier change of another table still waits for `confirm`.')
      return status
    }
    if (answer === 'gone')
      throw refuse('the rollback guard was ended', 'The new rules are active and will not be rolled back')
    if (within === undefined) say('note: an earlier change waited for `confirm`. This change cancels its rollback.')
    else {
      if (wasWaiting) say('note: an earlier change waits for `confirm` too. A rollback undoes both.')
      const time = new Date(Date.now() + 1000 * within).toTimeString().slice(0, 8)
      const where = netns === undefined ? '' : ` --netns ${netns}`
      say(`The previous rules will be restored at ${time} unless you run \`apisix-mesh-agent confirm${where}\` first.`)
    }
    return status
  } catch (error) {
    await guard?.ask({ ask: 'failed' })
    throw error
  } finally {
    holdOpen(undefined)
    guard?.end()
  }
}

/** The rollback guard of a change that waits to be confirmed, told of this one; undefined when there is none. */
async function reachWaiting(
  netns: string | undefined,
  request: Change,
  patience: number,
): Promise<Connection | undefined> {
  try {
    const guard = await reach(socketOf(netns), patience)
    return (await guard?.ask(request)) === 'ok' ? guard : undefined
  } catch {
    // Without the namespace, or the right to look, the change itself will say so.
    return undefined
  }
}

/** Starts a rollback guard in a session of its own, so that it outlives this process and its terminal. */
async function startGuard(netns: string | undefined): Promise<Connection> {
  makePlace()
  const path = socketOf(netns)
  const child = spawn(process.execPath, [join(__dirname, 'guard.cjs'), path], {
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const word = await new Promise<string>((said) => {
    child.once('error', (error) => said(error.message))
    child.once('close', () => said('it ended'))
    child.stdout.once('data', (data) => said(`${data}`.trim()))
  })
  child.stdout.destroy()
  child.unref()
  const guard = word === 'ready' ? await reach(path) : undefined
  if (!guard) throw new Error(word)
  return guard
}
