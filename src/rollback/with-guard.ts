import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { NOTHING_CHANGED } from '../diagnostics/user-error'
import type { Nat } from '../netfilter/nat'
import type { Access } from '../netfilter/tables'
import { chainsBetween, previousSet } from '../ruleset/previous'
import type { Ruleset } from '../ruleset/ruleset'
import { type Connection, makePlace, reach, socketOf } from './connection'
import type { Answer, Change, Snapshot } from './messages'

/** Is told of each table before it is changed. */
export type RecordSnapshot = (nat: Nat, before: Ruleset) => Promise<void>

/** What is the command's own: this file is bundled apart, and would have another of each. */
export interface Command {
  say(text: string): void
  note(text: string): void
  /** The error that ends it. */
  refuse(problem: string, state?: string): Error
  /** Makes the tools that are started hold a connection open. */
  holdOpen(connection: Socket | undefined): void
}

/** In milliseconds: what the undo of a failed change may take, beyond the time of the change itself. */
const UNDO_TIME = 15_000

/**
 * Makes a change with a rollback guard that restores the previous rules unless the change is confirmed within so many seconds.
 *
 * An earlier change that waits for confirmation is not rolled back meanwhile, and goes on waiting when this one fails. Without
 * `within` no rollback guard is started, and this change settles an earlier one as far as it changes the same tables.
 */
export async function withRollbackGuard(
  access: Access,
  within: number | undefined,
  change: (record: RecordSnapshot) => Promise<number>,
  command: Command,
): Promise<number> {
  const { netns, wait, deadline } = access
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
  command.holdOpen(guard?.socket)

  const record: RecordSnapshot = async ({ backend }, before) => {
    if (!guard && within === undefined) return
    guard ??= await startGuard(netns).catch((error: Error) => {
      throw command.refuse(`--confirm-within: the rollback guard cannot be started: ${error.message}`, NOTHING_CHANGED)
    })
    command.holdOpen(guard.socket)
    const answer = await guard.ask(request([{ backend, before: previousSet(before) }]))
    if (within === undefined) return
    if (answer !== 'ok')
      throw command.refuse(`--confirm-within: the rollback guard ${REFUSED[answer] ?? 'has ended'}`, NOTHING_CHANGED)
    for (const chain of chainsBetween(before))
      command.note(
        `the managed rules in ${chain} are between foreign rules. A rollback would put them behind all of them.`,
      )
  }

  try {
    const status = await change(record)
    const answer = await guard?.ask({ ask: 'done' })
    if (answer) conclude(answer, { netns, within, wasWaiting }, command)
    return status
  } catch (error) {
    await guard?.ask({ ask: 'failed' })
    throw error
  } finally {
    command.holdOpen(undefined)
    guard?.end()
  }
}

const REFUSED: Partial<Record<Answer, string>> = { unable: 'cannot read the table' }

/** Prints what becomes of the change, and of an earlier one. Throws when it is being rolled back, or will not be. */
function conclude(
  answer: Answer,
  { netns, within, wasWaiting }: { netns: string | undefined; within: number | undefined; wasWaiting: boolean },
  { say, note, refuse }: Command,
): void {
  if (answer === 'late') throw refuse('it took too long', 'The previous rules are being restored')
  if (answer === 'gone' && within !== undefined)
    throw refuse('the rollback guard was ended', 'The new rules are active and will not be rolled back')
  if (answer === 'busy') note('another change is being made and waits for `confirm`. A rollback may undo both.')
  if (answer === 'part') note('an earlier change of another table still waits for `confirm`.')
  if (answer !== 'ok') return
  if (within === undefined) {
    note('an earlier change waited for `confirm`. This change cancels its rollback.')
    return
  }
  if (wasWaiting) note('an earlier change waits for `confirm` too. A rollback undoes both.')
  const time = new Date(Date.now() + 1000 * within).toTimeString().slice(0, 8)
  const where = netns === undefined ? '' : ` --netns ${netns}`
  say(`The previous rules will be restored at ${time} unless you run \`apisix-mesh-agent confirm${where}\` first.`)
}

/** The rollback guard of an earlier change, told of this one; undefined when there is none. */
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
