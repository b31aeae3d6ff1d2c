import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildSync } from 'esbuild'
import type { Namespace } from './namespace'
import type { Order, Turn } from './peer-process'
import type { WebRequest } from './peer-web'

/** A process in a namespace that serves and connects to order, so that one connection costs no process. */
export interface Peer {
  /** Serves on ports: each answers a connection with its word. */
  listen(words: Record<number, string>): Promise<void>
  /** Who answers there, or why nobody does: `ECONNREFUSED`. */
  connect(host: string, port: number): Promise<string>
  /** Connects and keeps the connection; `talk` then asks again over it. */
  hold(host: string, port: number): Promise<string>
  talk(): Promise<string>
  /** Connects again and again until it is told to stop; then gives the answers in their order. */
  loop(host: string, port: number): Promise<() => Promise<Turn[]>>
  /** Serves HTTP on ports, and asks others by it. */
  serveWeb(ports: number[]): Promise<unknown>
  fetch(request: WebRequest): Promise<string>
  end(): void
}

/** Handed over as text: the checkout may be closed to the user that the process runs as. */
const [source] = buildSync({
  entryPoints: [join(__dirname, 'peer-process.ts')],
  bundle: true,
  platform: 'node',
  write: false,
}).outputFiles

export function startPeer(at: Namespace, owner?: string): Peer {
  const child = at.start([process.execPath, '-e', source?.text ?? ''], owner)
  const waiting: { resolve(value: unknown): void; reject(error: Error): void }[] = []
  let said = ''
  child.stderr?.on('data', (data) => {
    said += data
  })
  child.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`the peer of ${owner ?? 'root'} ended: ${said}`))
  })
  if (child.stdout) createInterface(child.stdout).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)))
  const ask = <T>(order: Order) =>
    new Promise<T>((resolve, reject) => {
      waiting.push({ resolve: resolve as (value: unknown) => void, reject })
      child.stdin?.write(`${JSON.stringify(order)}\n`)
    })
  return {
    listen: (words) => ask({ do: 'listen', words }),
    connect: (host, port) => ask({ do: 'connect', host, port }),
    hold: (host, port) => ask({ do: 'hold', host, port }),
    talk: () => ask({ do: 'talk' }),
    async loop(host, port) {
      await ask({ do: 'loop', host, port })
      return () => ask({ do: 'stop' })
    },
    serveWeb: (ports) => ask({ do: 'serve-web', ports }),
    fetch: (request) => ask({ do: 'fetch', request }),
    end: () => child.stdin?.end(),
  }
}
