/** `guard.cjs SOCKET`: keeps what stood before a change, until it is confirmed on that socket, or brings it back. */
import { lstatSync, openSync, rmSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { converge } from '../netfilter/converge'
import { namespaceAt } from '../netfilter/namespace'
import { natOf } from '../netfilter/nat'
import { isManagedChain } from '../ruleset/ownership'
import { BUILT_IN } from '../ruleset/ruleset'
import { run } from '../system/run'
import { reach } from './connection'
import type { Change, Request, Snapshot } from './messages'
import { rollbackGuard } from './state'

const [path = ''] = process.argv.slice(2)
let held: string | undefined

/** Keeps the namespace, which may otherwise end with the process that named it, and its number be used again. */
function hold(netns: string | undefined) {
  if (netns !== undefined) held ??= `/proc/${process.pid}/fd/${openSync(netns, 'r')}`
}

/** A table takes as long as the change itself might have taken. */
function open({ backend }: Snapshot, { wait, holds }: Change) {
  const deadline = Date.now() + holds
  return { nat: natOf(backend, namespaceAt(held, run), { wait, deadline }), deadline }
}

async function rollBack(kept: Snapshot[], change: Change): Promise<boolean> {
  let isDone = true
  for (const each of kept)
    try {
      const { nat, deadline } = open(each, change)
      const live = await nat.read()
      // A chain of others that is gone, and with it a managed rule, is not brought back.
      const rules = each.before.rules.filter(
        ({ chain }) => live.has(chain) || isManagedChain(chain) || BUILT_IN.includes(chain),
      )
      await converge(nat, { ...each.before, rules }, deadline, { first: live })
    } catch {
      isDone = false
    }
  return isDone
}

async function isAble(tables: Snapshot[], change: Change): Promise<boolean> {
  try {
    for (const each of tables) await open(each, change).nat.read()
    return true
  } catch {
    return false
  }
}

/** The socket's own number, so that another rollback guard's is not taken away. */
let own: number | undefined
const numberAt = (file: string) => lstatSync(file, { throwIfNoEntry: false })?.ino

const guard = rollbackGuard({
  isAble,
  rollBack,
  end() {
    if (own !== undefined && numberAt(path) === own) rmSync(path, { force: true })
    // Whoever is being answered is to get it.
    setTimeout(() => process.exit(0), 10)
  },
})

async function serve(socket: Socket) {
  socket.on('error', () => {})
  socket.once('close', () => guard.lost(socket))
  for await (const line of createInterface({ input: socket })) {
    const request = JSON.parse(line) as Request
    if (request.ask === 'change') hold(request.netns)
    const answer = await guard.answer(socket, request)
    if (!socket.destroyed) socket.write(`${answer}\n`)
  }
}

/** Listens, unless another rollback guard does; a socket that nobody listens on was left behind by one that was killed. */
const server = createServer((socket) => serve(socket).catch(() => socket.destroy()))
server.on('error', async (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') return leave(error.message)
  const stale = numberAt(path)
  const other = await reach(path)
  if (other) return leave('ready')
  if (numberAt(path) === stale) rmSync(path, { force: true })
  server.listen(path)
})
server.on('listening', () => {
  own = numberAt(path)
  say('ready')
})

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
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, guard.hurry)
server.listen(path)
