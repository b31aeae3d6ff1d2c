import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Answer, Request } from './messages'
import { checkPlace } from './socket'

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
