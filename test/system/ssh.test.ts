import { spawn } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { sshPort } from '../../src/system/ssh'

test('of its own environment', () => {
  assert.is(sshPort({ SSH_CONNECTION: '192.0.2.7 50000 192.0.2.1 2222' }, 1), 2222)
})

test('of a process above, when sudo has dropped the variable', async () => {
  const child = spawn('sleep', ['5'], { env: { ...process.env, SSH_CONNECTION: '192.0.2.7 50000 192.0.2.1 2222' } })
  await new Promise((resolve) => setTimeout(resolve, 100))
  assert.is(sshPort({}, child.pid), 2222)
  child.kill()
})

test('without a connection, or a process that is gone', () => {
  assert.is(sshPort({}, 1), undefined)
  assert.is(sshPort({}, 2 ** 30), undefined)
})

test.run()
