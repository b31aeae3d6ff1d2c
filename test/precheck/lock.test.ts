import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BackendName } from '../../src/netfilter/backend'
import { checkLock, holdsInode, lookAtLock } from '../../src/precheck/lock'
import type { Run } from '../../src/system/run'
import { noProcess } from '../support'
import { workshop } from '../workshop'

/** Why the file cannot be opened, whether it is held, the backends, and what that comes to. */
const CASES: [problem: string | undefined, isHeld: boolean, backends: BackendName[], state: string][] = [
  [undefined, false, ['legacy'], 'ok'],
  [undefined, false, ['nft'], 'ok'],
  [undefined, true, ['nft'], 'ok'],
  [undefined, true, ['legacy'], 'warning'],
  ['EROFS', false, ['nft'], 'warning'],
  ['EROFS', false, ['legacy'], 'fault'],
  ['EROFS', false, ['nft', 'legacy'], 'fault'],
]

for (const [problem, isHeld, backends, state] of CASES)
  test(`${problem ?? 'can be opened'}, ${isHeld ? 'held' : 'free'}, ${backends}`, () =>
    assert.is(checkLock({ problem, isHeld }, backends).state, state))

const LOCKS = '1: FLOCK  ADVISORY  WRITE 26651 fe:00:1663 0 EOF\n2: POSIX  ADVISORY  READ 1 00:19:77 0 EOF\n'

/** An inode, what /proc/locks says, and whether it is held. */
const INODES: [inode: number, locks: string, held: boolean][] = [
  [1663, LOCKS, true],
  [663, LOCKS, false],
  [77, LOCKS, false],
  [88, '1: -> FLOCK  ADVISORY  WRITE 26651 fe:00:88 0 EOF\n', false],
  [88, '', false],
]

for (const [inode, locks, held] of INODES)
  test(`inode ${inode} in ${JSON.stringify(locks)}`, () => assert.is(holdsInode(locks, inode), held))

const folder = workshop('lock')
const file = join(folder, 'xtables.lock')
const ends =
  (status: number): Run =>
  async () => ({ status, stdout: '', stderr: '', late: false })
const absent: Run = () => Promise.reject(new Error('spawn flock ENOENT'))

test('no file, in a folder where it can be made', async () =>
  assert.equal(await lookAtLock(noProcess, '', file), { problem: undefined, isHeld: false }))

test('no file, and no folder', async () =>
  assert.is((await lookAtLock(noProcess, '', join(folder, 'run/xtables.lock'))).problem, 'ENOENT'))

test('a file that is there is asked of flock, and without flock of /proc/locks', async () => {
  writeFileSync(file, '')
  chmodSync(file, 0o400)
  assert.is((await lookAtLock(ends(0), '', file)).isHeld, false)
  assert.is((await lookAtLock(ends(1), '', file)).isHeld, true)
  assert.is((await lookAtLock(absent, LOCKS, file)).isHeld, false)
})

test.run()
