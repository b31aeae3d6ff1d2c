import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { workshop } from '../workshop'
import { ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import { differences, ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { restore, table } from './harness/table'
import { replaced } from './harness/tools'

const test = kernelSuite([program])
const onNft = kernelSuite([program], ['nft'])

/** Where a file is written, in a mount namespace: what is mounted there, and what is said. */
const PLACES: [what: string, mount: string, says: RegExp][] = [
  ['a full disk', 'mount -t tmpfs -o size=16k none', /--output: ".*" was not written: ENOSPC: no space left on device/],
  [
    'a read-only directory',
    'mount -t tmpfs -o ro none',
    /--output: ".*" was not written: EROFS: read-only file system/,
  ],
  ['no inode left', 'mount -t tmpfs -o nr_inodes=2 none', /--output: ".*" was not written: ENOSPC: /],
]
const MANY = [...TWO, '--outbound-exclude-ports', Array.from({ length: 2000 }, (_, at) => 2 * at + 1).join()].map(
  (word) => (word === '443,80' ? '*' : word),
)

for (const [what, mount, says] of PLACES)
  onNft(`--output on ${what}: one error, the old file stays, and nothing is left beside it`, async ({ namespace }) => {
    const ours = await namespace()
    const folder = workshop('place')
    const shell = `${mount} ${folder} && { [ ! -w ${folder} ] || echo old >${folder}/rules; } && { "$@"; status=$?; ls -A ${folder}; cat ${folder}/*; exit $status; }`
    const inside = { ...ours, run: (argv: string[]) => ours.run(['unshare', '-m', 'sh', '-c', shell, 'sh', ...argv]) }
    const { status, stdout, stderr } = await program.apply(inside, [...MANY, '--output', join(folder, 'rules')])
    assert.match(stderr, says)
    assert.not.match(stderr, /internal error|^ {4}at /m)
    assert.match(stdout, /^(rules\nold\n)?$/)
    assert.is(status, 1)
    assert.equal(readdirSync(folder), [])
  })

test('without /proc: applied, checked, removed', async ({ namespace }) => {
  const ours = await namespace()
  await succeeded(restore(ours, foreign))
  const before = await table(ours)
  const shell = 'mount -t tmpfs none /proc && exec "$@"'
  const there = { ...ours, run: (argv: string[]) => ours.run(['unshare', '-m', 'sh', '-c', shell, 'sh', ...argv]) }
  await succeeded(program.apply(there, ONE))
  assert.equal(await differences(ours, ONE), [])
  assert.is((await ask.check(there, ONE)).status, 0)
  await succeeded(program.clean(there))
  assert.is(await table(ours), before)
})

/** What the real tools may be made to do around a document that they load. */
const RESTORES: [what: string, restore: string, status: number, says: RegExp][] = [
  ['loads it, and fails', '"$REAL" "$@"; exit 3', 0, /applied: /],
  [
    'loads it, and dies',
    '"$REAL" "$@"; kill -9 $$',
    1,
    /was ended by a signal.*\. The rules are the complete old or the complete new set/,
  ],
  [
    'loads it, and hangs',
    '"$REAL" "$@"; sleep 60',
    1,
    /did not end in time .*.*\. The rules are the complete old or the complete new set/,
  ],
  ['loads half of it', 'head -n 3 | "$REAL" "$@"', 1, /-restore /],
  ['loads it twice', 'cat >$0.$$; "$REAL" "$@" <$0.$$; "$REAL" "$@" <$0.$$ || exit 0', 0, /applied: /],
  ['loads nothing', 'cat >/dev/null', 1, /-restore reports success, but the rules are not in the table/],
]

for (const [what, line, expected, says] of RESTORES)
  test(`iptables-restore ${what}: old or new, whole, and nothing of others is touched`, async ({
    namespace,
    tools,
  }) => {
    const ours = await namespace()
    await succeeded(restore(ours, foreign))
    const before = await table(ours)
    const { path } = replaced(tools, { 'iptables-restore': line })
    const { status, stderr } = await program.apply(ours, [...ONE, '--timeout', '3'], { path })
    assert.match(stderr, says)
    assert.is(status, expected)
    if ((await table(ours)) !== before) assert.equal(await differences(ours, ONE), [])
    await succeeded(program.clean(ours))
    assert.is(await table(ours), before)
  })

test.run()
onNft.run()
