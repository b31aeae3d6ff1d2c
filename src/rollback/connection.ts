import { existsSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { numberOf } from '../netfilter/namespace'
import type { Answer, Request } from './messages'

/** A connection to a rollback guard. */
export interface Connection {
  ask(request: Request): Promise<Answer>
  socket: Socket
  end(): void
}

/** In milliseconds: longer than a rollback guard takes for one try to roll back, which it does not interrupt. */
const ANSWER_TIMEOUT = 60_000

const ANSWERS: readonly string[] = ['ok', 'pending', 'part', 'late', 'busy', 'unable'] satisfies Answer[]
const isAnswer = (line: string): line is Answer => ANSWERS.includes(line)

/**
 * Connects to the rollback guard that listens there; undefined when none does. Rejects when it may not be reached, or when another
 * user could listen in its place.
 *
 * @param patience milliseconds to wait for an answer
 */
export async function reach(path: string, patience = ANSWER_TIMEOUT): Promise<Connection | undefined> {
  checkPlace()
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (/^(ENOENT|ECONNREFUSED)$/.test(error.code ?? '')) resolve(undefined)
      else reject(error)
    })
    socket.once('connect', () => {
      const lines = createInterface({ input: socket })
      const ask = (request: Request) =>
        new Promise<Answer>((answered) => {
          const timer = setTimeout(() => socket.destroy(), patience)
          const settle = (answer: Answer) => {
            clearTimeout(timer)
            socket.off('close', gone)
            answered(answer)
          }
          const gone = () => settle('gone')
          if (socket.destroyed) return gone()
          socket.once('close', gone)
          lines.once('line', (line) => settle(isAnswer(line) ? line : 'gone'))
          socket.write(`${JSON.stringify(request)}\n`)
        })
      resolve({ ask, socket, end: () => socket.destroy() })
    })
  })
}

/**
 * Where rollback guards listen, each on a socket file named by the network namespace whose rules it looks after.
 *
 * Who can open the directory may confirm: its owner alone, root. An abstract socket would leave nothing behind, but has no
 * permissions: whoever is in the namespace could confirm, or be there first.
 */
const GUARDS = '/run/apisix-mesh-agent'

/** The socket of the rollback guard of a network namespace, our own without a path. Throws the system's error when there is none. */
export function socketOf(netns?: string): string {
  return join(GUARDS, `net-${numberOf(netns)}`)
}

/** Whether a rollback guard may listen there: one that was killed leaves its socket behind. */
export function mayHaveGuard(netns: string | undefined): boolean {
  try {
    if (!existsSync(socketOf(netns))) return false
    checkPlace()
    return true
  } catch {
    return false
  }
}

/** Makes the directory if it is not there. Throws when it cannot be made, or when another user could write in it. */
export function makePlace(): void {
  try {
    mkdirSync(GUARDS, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  checkPlace()
}

/**
 * Throws when the directory is there and another user could write in it, or replace it: who would listen there then?
 *
 * @param place the directory
 */
export function checkPlace(place = GUARDS): void {
  const found = lstatSync(place, { throwIfNoEntry: false })
  if (found && (!found.isDirectory() || found.uid !== process.geteuid?.() || (found.mode & 0o077) !== 0))
    throw new Error(`${place} is not a directory of root alone. Remove it`)
  const { uid, mode } = statSync(dirname(place))
  const isOpen = (mode & 0o022) !== 0 && (mode & 0o1000) === 0
  if (isOpen || (uid !== 0 && uid !== process.geteuid?.()))
    throw new Error(`other users may write in ${dirname(place)}. Make it writable for root only`)
}
