import { once } from 'node:events'
import { existsSync, lstatSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { numberOf } from '../netfilter/namespace'
import type { Answer, Request } from './messages'

/** A connection to a rollback guard. */
export interface Connection {
  ask(request: Request): Promise<Answer>
  socket: Socket
}

/** In milliseconds: longer than a rollback guard takes for one try to roll back, which it does not interrupt. */
const ANSWER_TIMEOUT = 60_000

/**
 * Connects to the rollback guard of a network namespace, our own without a path; undefined when none listens. Rejects when there is
 * no such namespace, when the guard may not be reached, or when another user could listen in its place.
 *
 * @param patience milliseconds to wait for an answer
 */
export async function reach(netns: string | undefined, patience = ANSWER_TIMEOUT): Promise<Connection | undefined> {
  checkPlace()
  const socket = connect(socketOf(netns))
  try {
    await once(socket, 'connect')
  } catch (error) {
    if (/^(ENOENT|ECONNREFUSED)$/.test((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
  // Whatever goes wrong ends the answers.
  socket.on('error', () => {}).on('timeout', () => socket.destroy())
  const answers = socket.setEncoding('utf8')[Symbol.asyncIterator]()
  return {
    socket,
    async ask(request) {
      socket.setTimeout(patience).write(JSON.stringify(request))
      const { value = 'gone' } = await answers.next().catch(() => ({ value: undefined }))
      socket.setTimeout(0)
      return value
    },
  }
}

/**
 * Where rollback guards listen, each on a socket file named by the network namespace whose rules it looks after.
 *
 * Who can open the directory may confirm: its owner alone, root. An abstract socket would leave nothing behind, but has no
 * permissions: whoever is in the namespace could confirm, or be there first.
 */
export const GUARDS = '/run/apisix-mesh-agent'

/** The socket of the rollback guard of a network namespace, our own without a path. Throws the system's error when there is none. */
export const socketOf = (netns?: string) => join(GUARDS, `net-${numberOf(netns)}`)

/** Whether there may be a rollback guard: once there was one on this machine. */
export const mayHaveGuard = () => existsSync(GUARDS)

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
