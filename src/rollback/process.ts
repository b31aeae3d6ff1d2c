/** `guard.cjs SOCKET`: the process that rolls a change back unless it is confirmed on that socket in time. */
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
import { rollbackGuard } from './guard'
import type { Change, Request, Snapshot } from './messages'

const [path = ''] = process.argv.slice(2)

/** The network namespace, held open: it may end with the process that named it, and its number be used again. */
let held: string | undefined

/** A table may take as long as the change itself might have taken. */
function open({ backend }: Snapshot, { wait, holds }: Change) {
  const deadline = Date.now() + holds
  return { nat: natOf(backend, namespaceAt(held, run), { wait, deadline }), deadline }
}

async function restore(snapshots: Snapshot[], change: Change): Promise<boolean> {
  let isRestored = true
  for (const snapshot of snapshots)
    try {
      const { nat, deadline } = open(snapshot, change)
      const live = await nat.read()
      // A managed rule whose foreign chain is gone cannot be restored.
      const exists = (chain: string) => live.has(chain) || isManagedChain(chain) || BUILT_IN.includes(chain)
      const rules = snapshot.before.rules.filter(({ chain }) => exists(chain))
      await converge(nat, { ...snapshot.before, rules }, deadline, { first: live })
    } catch {
      isRestored = false
    }
  return isRestored
}

async function canRead(tables: Snapshot[], change: Change): Promise<boolean> {
  try {
    for (const table of tables) await open(table, change).nat.read()
    return true
  } catch {
    return false
  }
}

const guard = rollbackGuard({ canRead, restore, end })

/** The number of our own socket file: another rollback guard's must stay. */
let own: number | undefined
const numberAt = (file: string) => lstatSync(file, { throwIfNoEntry: false })?.ino

function end() {
  if (own !== undefined && numberAt(path) === own) rmSync(path, { force: true })
  // The last answer has to be sent.
  setTimeout(() => process.exit(0), 10)
}

async function serve(socket: Socket) {
  socket.on('error', () => {})
  socket.once('close', () => guard.lost(socket))
  for await (const line of createInterface({ input: socket })) {
    const request = JSON.parse(line) as Request
    if (request.ask === 'change' && request.netns !== undefined)
      held ??= `/proc/${process.pid}/fd/${openSync(request.netns, 'r')}`
    const answer = await guard.answer(socket, request)
    if (!socket.destroyed) socket.write(`${answer}\n`)
  }
}

const server = createServer((socket) => serve(socket).catch(() => socket.destroy()))

/** Another rollback guard listens there, or one that was killed has left its socket. */
server.on('error', async (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') return leave(error.message)
  const found = numberAt(path)
  if (await reach(path)) return leave('ready')
  if (numberAt(path) === found) rmSync(path, { force: true })
  server.listen(path)
})
server.on('listening', () => {
  own = numberAt(path)
  report('ready')
})

/** Tells the program that started us. It may be gone. */
function report(word: string) {
  try {
    writeSync(1, `${word}\n`)
  } catch {
    // Nobody waits for it any more.
  }
}

function leave(word: string) {
  report(word)
  process.exit(0)
}

process.umask(0o177)
process.on('SIGHUP', () => {})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, guard.hurry)
server.listen(path)
