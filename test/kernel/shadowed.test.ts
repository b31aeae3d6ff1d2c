import * as assert from 'uvu/assert'
import { agents, argvOf, ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { kernelSuite } from './harness/suite'
import { rules } from './harness/table'

const test = kernelSuite([program])
const each = kernelSuite(agents)

const OPTIONS = '--apisix-user 501:20 --inbound-ports 80 --outbound-ports 80'.split(' ')
const FIRST = [...OPTIONS, '--jump-position', 'first']
const ACCEPT = '-A OUTPUT -p tcp -j ACCEPT'
const inFront = (at: Namespace, rule = '-I OUTPUT -p tcp -j ACCEPT') =>
  at.must(['iptables', '-t', 'nat', ...rule.split(' ')])

each(
  'a foreign rule in front that takes all is a warning, at every apply, and --jump-position first moves ours',
  async ({ agent, namespace }) => {
    const at = await namespace()
    await inFront(at)
    for (const done of [/applied: /, /already active/]) {
      const { status, stderr } = await agent.apply(at, OPTIONS)
      assert.is(status, 0)
      assert.match(stderr, done)
      assert.match(
        stderr,
        /warning: a foreign rule in front takes (port 80|all of the traffic): .*--jump-position first.*\[shadowed\]/,
      )
      assert.match(stderr, ACCEPT)
    }
    const moved = await agent.apply(at, FIRST)
    assert.is(moved.status, 0)
    assert.match(moved.stderr, /applied: /)
    assert.not.match(moved.stderr, 'shadowed')
    assert.is((await rules(at)).filter((line) => line.startsWith('-A OUTPUT')).at(-1), ACCEPT)
    const again = await agent.apply(at, FIRST)
    assert.match(again.stderr, /already active/)
    await succeeded(agent.clean(at))
    assert.equal(await rules(at), [ACCEPT])
  },
)

test('every command, and the script, has one meaning of active', async ({ namespace }) => {
  const at = await namespace()
  await succeeded(program.apply(at, OPTIONS))
  const script = await at.must(argvOf('iptables', [...OPTIONS, '--format', 'script']))
  const checked = (shell: string[]) => at.run([...shell, '-s', '--', '--check'], { input: script })
  for (const shell of [['dash'], ['busybox', 'ash'], ['bash']]) assert.is((await checked(shell)).status, 0)
  await inFront(at)

  const check = await ask.check(at, OPTIONS)
  assert.is(check.status, 1)
  assert.match(check.stdout, /a foreign rule in front takes port 80/)
  for (const shell of [['dash'], ['busybox', 'ash'], ['bash']]) {
    const { status, stderr } = await checked(shell)
    assert.is(status, 1)
    assert.match(stderr, '[shadowed]')
  }
  const precheck = await ask.precheck(at, [...OPTIONS, '--json'])
  assert.match(precheck.stdout, 'shadowed')
  assert.not.match(precheck.stdout, 'active already')
  const explain = await ask.explain(at, '--out 10.0.0.5:80 --uid 1000 --gid 1000 --json'.split(' '))
  assert.is(JSON.parse(explain.stdout).verdict, 'untouched')
  const drift = await ask.check(at, FIRST)
  assert.is(drift.status, 1)
  assert.match(drift.stdout, 'out of order')
})

test('--strict refuses before anything is written', async ({ namespace }) => {
  const at = await namespace()
  await inFront(at)
  const { status, stderr } = await program.apply(at, [...OPTIONS, '--strict', '--allow', 'isolate-recommended'])
  assert.is(status, 1)
  assert.match(stderr, '--strict: "shadowed" is a warning')
  assert.equal(await rules(at), [ACCEPT])
  await succeeded(program.apply(at, [...FIRST, '--strict', '--allow', 'isolate-recommended,ipv6-not-intercepted']))
})

each('a foreign rule that takes a part is a note, one behind is nothing', async ({ agent, namespace }) => {
  const at = await namespace()
  await inFront(at, '-I OUTPUT -p tcp -d 192.0.2.0/24 -j ACCEPT')
  const { status, stderr } = await agent.apply(at, OPTIONS)
  assert.is(status, 0)
  assert.match(stderr, /note: a foreign rule in front may take some of the traffic: `-A OUTPUT -d 192\.0\.2\.0\/24/)
  assert.not.match(stderr, /shadowed|isolate/)
  assert.is((await ask.check(at, OPTIONS)).status, 0)
  await inFront(at, '-F OUTPUT')
  await succeeded(agent.apply(at, OPTIONS))
  await inFront(at, '-A OUTPUT -p tcp -j ACCEPT')
  assert.not.match((await agent.apply(at, OPTIONS)).stderr, /in front/)
})

test.run()
each.run()
