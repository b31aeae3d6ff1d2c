/** `connect.cjs ADDRESS PORT UID GID`: makes one connection as somebody, and prints how it went: `connected`, or an error's name. */
import { connect } from 'node:net'

/** Before the first packet would be sent again, a second later, and be counted again. */
const PATIENCE = 900

const [host = '', port, uid, gid] = process.argv.slice(2)
if (process.getuid?.() === 0) process.setgroups?.([])
if (process.getgid?.() !== Number(gid)) process.setgid?.(Number(gid))
if (process.getuid?.() !== Number(uid)) process.setuid?.(Number(uid))

const socket = connect({ host, port: Number(port) })
const end = (word: string) => {
  process.stdout.write(word)
  socket.resetAndDestroy()
  clearTimeout(timer)
}
const timer = setTimeout(() => end('ETIMEDOUT'), PATIENCE)
socket.once('connect', () => end('connected'))
socket.once('error', ({ code }: NodeJS.ErrnoException) => end(code ?? 'error'))
