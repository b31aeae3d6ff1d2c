import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { argvOf, ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign, foreignLater } from './harness/foreign'
import { guardsOf, kept, unkept } from './harness/guards'
import type { Namespace } from './harness/namespace'
import { differences, ONE, THREE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { restore, rules, stateOf, table } from './harness/table'
import { replaced } from './harness/tools'

const test = kernelSuite([program])
/** Time enough to look at what is not confirmed, on a machine that is busy. */
const SOON = ['--confirm-within', '8s']
const LONG = ['--confirm-within', '60s']
const WAITS = / unless you run `apisix-mesh-agent confirm` first\.\n$/
/** In words that make trying again useless. */
const FAILS = 'cat >/dev/null; echo Table does not exist >&2; exit 3'

/** What may have been there before, as what is done to an empty table. */
const EARLIER: Record<string, (at: Namespace) => Promise<unknown>> = {
  nothing: async () => {},
  'an earlier set': (at) => succeeded(program.apply(at, ONE)),
  'an earlier set behind foreign rules': async (at) => {
    await succeeded(restore(at, foreign))
    await succeeded(program.apply(at, ONE))
  },
  'an earlier set in front of foreign rules': async (at) => {
    await succeeded(restore(at, foreign))
    await succeeded(program.apply(at, [...ONE, '--jump-position', 'first']))
  },
  'a set that is damaged': async (at) => {
    await succeeded(program.apply(at, ONE))
    await at.must('iptables -t nat -F APISIX_INBOUND'.split(' '))
    await at.must('iptables -t nat -A OUTPUT -p tcp --dport 443 -j APISIX_REDIRECT'.split(' '))
  },
}

test('not confirmed, the previous rules are back; confirmed, the change stays', async (lab) => {
  await Promise.all(
    Object.entries(EARLIER).map(async ([what, prepare]) => {
      const at = await kept(lab)
      await prepare(at)
      const before = await stateOf(at)
      const { status, stderr } = await program.apply(at, [...TWO, ...SOON])
      assert.is(status, 0, stderr)
      assert.match(stderr, WAITS)
      assert.equal(await differences(at, TWO), [])
      await unkept(at)
      assert.is(await stateOf(at), before, what)
      const late = await ask.confirm(at)
      assert.is(late.status, 1)
      assert.match(late.stderr, 'nothing is waiting for confirmation, or it was rolled back already.')

      await succeeded(program.apply(at, [...TWO, ...SOON]))
      const confirmed = await ask.confirm(at)
      assert.is(confirmed.status, 0, confirmed.stderr)
      assert.match(confirmed.stderr, 'confirmed: the new rules stay.')
      await unkept(at)
      await pause(8500)
      assert.equal(await differences(at, TWO), [])
    }),
  )
})

test('already active, no rollback guard is started; an apply that fails leaves none', async (lab) => {
  const broken = replaced(lab.tools, { 'iptables-restore': FAILS })
  const at = await kept(lab)
  await succeeded(program.apply(at, ONE))
  assert.match((await program.apply(at, [...ONE, ...LONG])).stderr, /already active. Nothing was changed.\n$/)
  assert.equal(guardsOf(at), [])
  const before = await stateOf(at)
  assert.is((await program.apply(at, [...TWO, ...LONG], { path: broken.path })).status, 1)
  await unkept(at)
  assert.is(await stateOf(at), before)
})

test('what others add meanwhile stays', async (lab) => {
  const [at, without] = [await kept(lab), await kept(lab)]
  for (const each of [at, without]) await succeeded(restore(each, foreign))
  await succeeded(program.apply(at, [...TWO, ...SOON]))
  for (const each of [at, without]) await succeeded(restore(each, foreignLater))
  await unkept(at)
  assert.is(await stateOf(at), await stateOf(without))
})

test('a later apply or clean-up settles a change that waits, and says so', async (lab) => {
  const at = await kept(lab)
  const settles = /an earlier change waited for `confirm`\. This change cancels its rollback/
  await succeeded(program.apply(at, [...TWO, ...LONG]))
  assert.match((await program.apply(at, ONE)).stderr, settles)
  await unkept(at)
  assert.equal(await differences(at, ONE), [])
  await succeeded(program.apply(at, [...TWO, ...LONG]))
  assert.match((await program.apply(at, THREE)).stderr, settles)
  await unkept(at)
  assert.equal(await differences(at, THREE), [])
  await succeeded(program.apply(at, [...ONE, ...LONG]))
  assert.match((await program.clean(at)).stderr, settles)
  await unkept(at)
  assert.equal(await rules(at), [])
})

test('commands that change nothing, or another table, leave a change waiting', async (lab) => {
  const at = await kept(lab)
  const other = lab.tools.backend === 'nft' ? 'legacy' : 'nft'
  await succeeded(program.apply(at, ONE))
  await succeeded(program.apply(at, [...TWO, ...SOON]))
  for (const ended of [
    await program.apply(at, TWO),
    await program.apply(at, [...TWO, '--ip-family', 'ipv6']),
    await program.clean(at, ['--ip-family', 'ipv6']),
    await program.clean(at, ['--backend', other, '--ip-family', 'ipv4']),
  ]) {
    assert.is(ended.status, 0, ended.stderr)
    assert.not.match(ended.stderr, /an earlier change/)
  }
  assert.is(guardsOf(at).length, 1)
  await unkept(at)
  assert.equal(await differences(at, ONE), [])
})

test('a later apply that fails leaves a change waiting', async (lab) => {
  const broken = replaced(lab.tools, { 'iptables-restore': FAILS })
  const at = await kept(lab)
  await succeeded(program.apply(at, [...ONE, ...SOON]))
  assert.is((await program.apply(at, TWO, { path: broken.path })).status, 1)
  assert.is(guardsOf(at).length, 1)
  await unkept(at)
  assert.equal(await rules(at), [])
})

test('two that wait are one: the rules before both are restored', async (lab) => {
  const at = await kept(lab)
  await succeeded(program.apply(at, THREE))
  const before = await stateOf(at)
  await succeeded(program.apply(at, [...ONE, ...LONG]))
  const { stderr } = await program.apply(at, [...TWO, ...SOON])
  assert.match(stderr, 'an earlier change waits for `confirm` too. A rollback undoes both.')
  assert.is(guardsOf(at).length, 1)
  await unkept(at)
  assert.is(await stateOf(at), before)
  const both = [ONE, TWO].map((set) => program.apply(at, [...set, ...SOON]))
  assert.equal(
    (await Promise.all(both)).map(({ status }) => status),
    [0, 0],
  )
  await unkept(at)
  assert.is(await stateOf(at), before)
})

test('both families, in another namespace', async (lab) => {
  const [here, there] = [await kept(lab), await kept(lab)]
  const both = async () =>
    `${await table(there)}${(await there.must(['ip6tables-save', '-t', 'nat'])).match(/^-A.*/gm)}`
  const dual = ['--ip-family', 'dual', '--netns', there.file]
  await succeeded(program.apply(here, [...ONE, ...dual]))
  const before = await both()
  const { stderr } = await program.apply(here, [...TWO, ...dual, ...SOON])
  assert.match(stderr, `unless you run \`apisix-mesh-agent confirm --netns ${there.file}\` first.`)
  assert.is((await ask.confirm(here)).status, 1)
  assert.is.not(await both(), before)
  await unkept(there)
  assert.is(await both(), before)
  await succeeded(program.apply(here, [...TWO, ...dual, ...LONG]))
  assert.is((await ask.confirm(there)).status, 0)
  await unkept(there)
})

test('a hang-up of the terminal does not reach the rollback guard; SIGTERM brings back at once', async (lab) => {
  const at = await kept(lab)
  const apply = (set: string[], how: string[]) => [
    'sh',
    '-c',
    `"$@"; kill -HUP 0`,
    'sh',
    ...argvOf('iptables', [...set, ...how]),
  ]
  await at.run(['setsid', '--wait', ...apply(ONE, SOON)])
  assert.equal(await differences(at, ONE), [])
  const [guard = 0] = guardsOf(at)
  process.kill(guard, 'SIGHUP')
  await unkept(at)
  assert.equal(await rules(at), [])
  await succeeded(program.apply(at, [...ONE, ...LONG]))
  for (const pid of guardsOf(at)) process.kill(pid, 'SIGTERM')
  await unkept(at)
  assert.equal(await rules(at), [])
})

test('rules that stood between foreign ones: it is said that they come back behind', async (lab) => {
  const at = await kept(lab)
  const theirs = ['iptables', '-w', '-t', 'nat', '-A', 'OUTPUT', '-p', 'tcp', '-d']
  await at.must([...theirs, '10.9.9.9', '-j', 'RETURN'])
  await succeeded(program.apply(at, ONE))
  await at.must([...theirs, '10.9.9.8', '-j', 'ACCEPT'])
  const { stderr } = await program.apply(at, [...TWO, ...SOON])
  assert.match(
    stderr,
    'note: the managed rules in OUTPUT are between foreign rules. A rollback would put them behind all of them.',
  )
  await unkept(at)
})

test('a foreign chain that is gone keeps nothing else from coming back', async (lab) => {
  const at = await kept(lab)
  await succeeded(program.apply(at, ONE))
  const before = await rules(at)
  await at.must(['iptables', '-w', '-t', 'nat', '-N', 'THEIRS'])
  await at.must(['iptables', '-w', '-t', 'nat', '-A', 'THEIRS', '-p', 'tcp', '-j', 'APISIX_REDIRECT'])
  await succeeded(program.apply(at, [...TWO, ...SOON]))
  await at.must(['iptables', '-w', '-t', 'nat', '-F', 'THEIRS'])
  await at.must(['iptables', '-w', '-t', 'nat', '-X', 'THEIRS'])
  await unkept(at)
  assert.equal(await rules(at), before)
})

test.run()
