/** `guard.cjs SOCKET [NETNS]`: the process that rolls a change back unless it is confirmed on that socket in time. */
import { closeSync, lstatSync, openSync, rmSync, writeSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Backend } from '../netfilter/backend'
import { converge } from '../netfilter/converge'
import { namespaceAt } from '../netfilter/namespace'
import { natOf } from '../netfilter/nat'
import { isManagedChain } from '../ruleset/ownership'
import { previousSet } from '../ruleset/previous'
import { BUILT_IN } from '../ruleset/ruleset'
import { run } from '../system/run'
import { reach } from './connection'
import { rollbackGuard } from './guard'
import type { Change } from './messages'

const [path = '', netns] = process.argv.slice(2)

/** The network namespace, held open: it may end with the process that named it, and its number be used again. */
const held = netns && `/proc/${process.pid}/fd/${openSync(netns, 'r')}`

/** Reads a table, and gives what restores its managed rules. That may take as long as the change itself might have taken. */
async function snapshot(table: Backend, { wait, holds }: Change) {
  const open = async () => {
    const deadline = Date.now() + holds
    const nat = natOf(table, namespaceAt(held, run), { wait, deadline })
    return { nat, deadline, live: await nat.read() }
  }
  const before = previousSet((await open()).live)
  return async () => {
    const { nat, deadline, live } = await open()
    // A managed rule whose foreign chain is gone cannot be restored.
    const exists = (chain: string) => live.has(chain) || isManagedChain(chain) || BUILT_IN.includes(chain)
    const rules = before.rules.filter(({ chain }) => exists(chain))
    await converge(nat, { ...before, rules }, deadline, { first: live })
  }
}

const guard = rollbackGuard(snapshot, () => {
  // Removes its file too.
  server.close()
  // The last answer has to be sent.
  setTimeout(() => process.exit(0), 10)
})

const server = createServer((socket) => {
  const reply = async (message: string) => socket.write(await guard.answer(socket, JSON.parse(message)))
  socket.setEncoding('utf8').on('data', (message: string) => reply(message).catch(() => socket.destroy()))
  socket.on('error', () => {}).on('close', () => guard.lost(socket))
})

/** The pipe to the program that started us: closed when this process listens, or has said why it ends. */
const STARTER = 3
const inodeOf = (file: string) => lstatSync(file, { throwIfNoEntry: false })?.ino

server.on('listening', () => closeSync(STARTER))
server.on('error', async ({ code, message }: NodeJS.ErrnoException) => {
  // A client that cannot be accepted is no reason to end.
  if (server.listening) return
  const found = inodeOf(path)
  if (code !== 'EADDRINUSE' || (await reach(held))) {
    writeSync(STARTER, message)
    process.exit(0)
  }
  // One that was killed has left it, unless another has taken its place meanwhile.
  if (inodeOf(path) === found) rmSync(path, { force: true })
  server.listen(path)
})

process.on('SIGHUP', () => {})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, guard.hurry)
server.listen(path)
