/** `keeper.cjs SOCKET`: keeps what stood before a change, until it is confirmed on that socket, or brings it back. */
import { openSync, rmSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { converge } from '../netfilter/converge'
import { namespaceAt } from '../netfilter/namespace'
import { natOf } from '../netfilter/nat'
import { run } from '../system/run'
import { reach } from './connection'
import { keeping } from './keeping'
import type { Change, Kept, Request } from './messages'

/** Milliseconds for a table, besides the wait for the lock. */
const TIME = 10_000

const [path = ''] = process.argv.slice(2)
let held: string | undefined

/** Keeps the namespace, which may otherwise end with the process that named it, and its number be used again. */
function hold(netns: string | undefined) {
  if (netns !== undefined) held ??= `/proc/${process.pid}/fd/${openSync(netns, 'r')}`
}

async function bringBack(kept: Kept[], { wait }: Change): Promise<boolean> {
  let isDone = true
  for (const { backend, before } of kept)
    try {
      const deadline = Date.now() + TIME + 1000 * wait
      await converge(natOf(backend, namespaceAt(held, run), { wait, deadline }), before, deadline)
    } catch {
      isDone = false
    }
  return isDone
}

const keeper = keeping({
  bringBack,
  end() {
    rmSync(path, { force: true })
    // Whoever is being answered is to get it.
    setTimeout(() => process.exit(0), 10)
  },
})

async function serve(socket: Socket) {
  socket.on('error', () => {})
  socket.once('close', () => keeper.lost(socket))
  for await (const line of createInterface({ input: socket })) {
    const request = JSON.parse(line) as Request
    if (request.ask === 'change') hold(request.netns)
    const answer = await keeper.answer(socket, request)
    if (!socket.destroyed) socket.write(`${answer}\n`)
  }
}

/** Listens, unless another keeper does; a socket that nobody listens on was left behind by one that was killed. */
const server = createServer((socket) => serve(socket).catch(() => socket.destroy()))
server.on('error', async (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') return leave(error.message)
  const other = await reach(path)
  if (other) return leave('ready')
  rmSync(path, { force: true })
  server.listen(path)
})
server.on('listening', () => say('ready'))

function say(word: string) {
  try {
    writeSync(1, `${word}\n`)
  } catch {
    // Nobody waits for it any more.
  }
}

function leave(word: string) {
  say(word)
  process.exit(0)
}

process.umask(0o177)
process.on('SIGHUP', () => {})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, keeper.hurry)
server.listen(path)
