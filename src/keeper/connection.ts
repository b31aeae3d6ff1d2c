import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { Answer, Request } from './messages'

/** A connection to a keeper. */
export interface Connection {
  ask(request: Request): Promise<Answer>
  end(): void
}

/** Longer than a keeper takes for one try to bring a set back, which it does not interrupt. */
const PATIENCE = 60_000

/** Connects to the keeper that listens there; undefined when none does. Rejects when it may not be reached. */
export function reach(path: string): Promise<Connection | undefined> {
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
          const timer = setTimeout(() => socket.destroy(), PATIENCE)
          const settle = (answer: Answer) => {
            clearTimeout(timer)
            socket.off('close', gone)
            answered(answer)
          }
          const gone = () => settle('gone')
          if (socket.destroyed) return gone()
          socket.once('close', gone)
          lines.once('line', (line) => settle(line as Answer))
          socket.write(`${JSON.stringify(request)}\n`)
        })
      resolve({ ask, end: () => socket.destroy() })
    })
  })
}
