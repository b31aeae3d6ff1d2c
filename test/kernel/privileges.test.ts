import * as assert from 'uvu/assert'
import { ask, program } from './harness/agent'
import { type Ended, succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Namespace } from './harness/namespace'
import { differences, ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { restore, table } from './harness/table'

const test = kernelSuite([program])
const onLegacy = kernelSuite([program], ['legacy'])

/** The namespace with some words of shell in front of all that is run there: `"$@"` is the rest. */
const within = (at: Namespace, shell: string, ...words: string[]): Namespace => ({
  ...at,
  run: (argv, how) => at.run([...words, 'sh', '-c', shell, 'sh', ...argv], how),
})

const LEAST = 'setpriv --bounding-set=-all,+net_admin,+net_raw --inh-caps=-all,+net_admin,+net_raw --no-new-privs "$@"'
const READ_ONLY = 'mount -o remount,ro,bind / && ! touch /written 2>/dev/null'

function isRefused({ status, stdout, stderr }: Ended, says: RegExp, trouble = 1): void {
  assert.match(stderr, says)
  assert.is(stderr.match(/^apisix-mesh-agent: (?!warning: )/gm)?.length, 1, stderr)
  assert.is(stdout, '')
  assert.is(status, trouble)
}

test('two capabilities, no new privileges, a read-only root and a writable /run are enough', async ({ namespace }) => {
  const ours = await namespace()
  await succeeded(restore(ours, foreign))
  const before = await table(ours)
  const there = within(ours, `${READ_ONLY} && mount -t tmpfs none /run && exec ${LEAST}`, 'unshare', '-m')
  for (const set of [ONE, TWO]) {
    await succeeded(program.apply(there, set))
    assert.equal(await differences(ours, set), [])
    const { status, stdout } = await ask.check(there, set)
    assert.match(stdout, /^active /)
    assert.is(status, 0)
  }
  await succeeded(program.clean(there))
  assert.is(await table(ours), before)
})

onLegacy('without a lock file that can be opened legacy fails at once and says why', async ({ namespace }) => {
  const ours = await namespace()
  await succeeded(program.apply(ours, ONE))
  const before = await table(ours)
  const there = within(
    ours,
    `${READ_ONLY} && mount -t tmpfs -o ro none /run && XTABLES_LOCKFILE=/tmp/lock exec ${LEAST}`,
    'unshare',
    '-m',
  )
  const says = /the xtables lock file cannot be opened .*Make \/run writable, the same \/run for everyone/
  for (const change of [() => program.apply(there, TWO), () => program.clean(there)]) {
    const started = Date.now()
    isRefused(await change(), says)
    assert.ok(Date.now() - started < 2_000)
  }
  assert.is((await program.apply(there, ONE)).status, 0)
  assert.is(await table(ours), before)
})

const UNMAPPED: [ids: string, options: string[]][] = [
  ['uid 501 and gid 20', ['--apisix-user', '501:20', '--inbound-ports', '80']],
  ['gid 20', ['--apisix-user', '0:20', '--inbound-ports', '80']],
  ['uid 1000-2000', ['--apisix-user', '0:0', '--outbound-ports', '80', '--outbound-exclude-users', '1000-2000']],
  ['gid 7', ['--apisix-user', '0:0', '--outbound-ports', '80', '--outbound-exclude-groups', '0,7']],
]

test('in a user namespace an id that is not mapped is named before a table is read', async ({ namespace, tools }) => {
  const ours = await namespace()
  const there = within(ours, 'exec "$@"', 'unshare', '--user', '--map-root-user', '--net')
  for (const [ids, options] of UNMAPPED) {
    const says = new RegExp(`this user namespace does not map ${ids} .*Map the ids.* Nothing was changed\\.`)
    const refused = await program.apply(there, [...options, '--verbose'])
    isRefused(refused, says)
    assert.not.match(refused.stderr, /backend|to .*-restore:/)
  }
  const printed = await program.apply(there, ['--apisix-user', '501:20', '--dry-run'])
  assert.is(printed.status, 0)
  // Whether legacy gets at the lock is another question.
  const mapped = await program.apply(there, ['--apisix-user', '0:0', '--inbound-ports', '80'])
  if (tools.backend === 'nft') assert.is(mapped.status, 0, mapped.stderr)
  else assert.not.match(mapped.stderr, /not mapped/)
})

test.run()
onLegacy.run()
