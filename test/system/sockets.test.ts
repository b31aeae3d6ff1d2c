import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ownersOf } from '../../src/system/sockets'

const inodes = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`)) ?? []
      return inode === undefined ? [] : [Number(inode)]
    } catch {
      return []
    }
  })

test('who holds a socket open, and nobody else', async () => {
  const before = inodes()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const [inode] = inodes().filter((each) => !before.includes(each))
  assert.equal(ownersOf([inode as number]), [{ uid: process.geteuid?.(), gid: process.getegid?.() }])
  assert.equal(ownersOf([2 ** 40]), [])
  assert.equal(ownersOf([]), [])
  server.close()
  await once(server, 'close')
})

test.run()
