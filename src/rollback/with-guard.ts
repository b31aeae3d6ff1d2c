import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { NOTHING_CHANGED, type UserError } from '../diagnostics/user-error'
import type { Backend } from '../netfilter/backend'
import type { Nat } from '../netfilter/nat'
import type { Access } from '../netfilter/tables'
import { chainsBetween } from '../ruleset/previous'
import type { Ruleset } from '../ruleset/ruleset'
import type { holdOpen } from '../system/run'
import { type Connection, checkPlace, GUARDS, reach, socketOf } from './connection'
import type { Answer } from './messages'

/** Is told of each table before it is changed. */
export type RecordSnapshot = (nat: Nat, before: Ruleset) => Promise<void>

/** What is the command's own: this file is bundled apart, and would have another of each. */
export interface Command {
  say(text: string): void
  note(text: string): void
  UserError: typeof UserError
  holdOpen: typeof holdOpen
}

/** In milliseconds: what the undo of a failed change may take, beyond the time of the change itself. */
const UNDO_TIME = 15_000

/** What becomes of an earlier change after one that needs no confirmation. */
const EARLIER: Partial<Record<Answer, string>> = {
  ok: 'an earlier change waited for `confirm`. This change cancels its rollback.',
  part: 'an earlier change of another table still waits for `confirm`.',
  busy: 'another change is being made and waits for `confirm`. A rollback may undo both.',
}

/**
 * Makes a change with a rollback guard that restores the previous rules unless the change is confirmed within so many seconds.
 *
 * An earlier change that waits for confirmation is not rolled back meanwhile, and goes on waiting when this one fails. Without
 * `within` no rollback guard is started, and this change settles an earlier one as far as it changes the same tables.
 */
export async function withRollbackGuard(
  { netns, wait, deadline }: Access,
  within: number | undefined,
  change: (record: RecordSnapshot) => Promise<number>,
  { say, note, UserError, holdOpen }: Command,
): Promise<number> {
  const guardError = (problem: string) =>
    new UserError(`--confirm-within: the rollback guard ${problem}`, { state: NOTHING_CHANGED })
  const timeLeft = () => Math.max(0, deadline - Date.now())
  const announce = (to: Connection, table?: Backend) => {
    holdOpen(to.socket)
    return to.ask({ ask: 'change', ...(table && { table }), wait, holds: timeLeft() + UNDO_TIME, within })
  }
  // Without the namespace, or the right to look, the change itself will say so.
  let guard = await reach(netns, Math.max(1_000, timeLeft())).catch(() => undefined)
  if (guard && (await announce(guard)) !== 'ok') guard = undefined
  const wasWaiting = guard !== undefined

  const record: RecordSnapshot = async ({ backend }, before) => {
    if (!guard && within === undefined) return
    guard ??= await startGuard(netns).catch((error: Error) => {
      throw guardError(`cannot be started: ${error.message}`)
    })
    const answer = await announce(guard, backend)
    if (within === undefined) return
    if (answer !== 'ok') throw guardError(answer === 'unable' ? 'cannot read the table' : 'has ended')
    for (const chain of chainsBetween(before))
      note(`the managed rules in ${chain} are between foreign rules. A rollback would put them behind all of them.`)
  }

  try {
    const status = await change(record)
    if (!guard) return status
    const answer = await guard.ask({ ask: 'done' })
    if (answer === 'late') throw new UserError('it took too long', { state: 'The previous rules are being restored' })
    if (within === undefined) {
      if (EARLIER[answer]) note(EARLIER[answer])
      return status
    }
    if (answer !== 'ok')
      throw new UserError('the rollback guard was ended', {
        state: 'The new rules are active and will not be rolled back',
      })
    if (wasWaiting) note('an earlier change waits for `confirm` too. A rollback undoes both.')
    const time = new Date(Date.now() + 1000 * within).toTimeString().slice(0, 8)
    const where = netns === undefined ? '' : ` --netns ${netns}`
    say(`The previous rules will be restored at ${time} unless you run \`apisix-mesh-agent confirm${where}\` first.`)
    return status
  } catch (error) {
    await guard?.ask({ ask: 'failed' })
    throw error
  } finally {
    holdOpen(undefined)
    guard?.socket.destroy()
  }
}

/** Starts a rollback guard in a session of its own, so that it outlives this process and its terminal. */
async function startGuard(netns: string | undefined): Promise<Connection> {
  mkdirSync(GUARDS, { recursive: true, mode: 0o700 })
  checkPlace()
  const args = [join(__dirname, 'guard.cjs'), socketOf(netns), ...(netns === undefined ? [] : [resolve(netns)])]
  const child = spawn(process.execPath, args, {
    cwd: '/',
    detached: true,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  await once(child, 'spawn')
  child.unref()
  const reason = await text(child.stdio[3] as Readable)
  const guard = await reach(netns)
  if (!guard) throw new Error(reason || 'it ended')
  return guard
}
