import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { interceptionsOf, optionsOf } from '../options'
import { agents, program } from './harness/agent'
import { COMMON } from './harness/documented'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { kernelSuite } from './harness/suite'
import { replaced } from './harness/tools'

const test = kernelSuite(agents)
const PORTS = [...COMMON, '--inbound-ports', '80', '--outbound-ports', '80']
const DUAL = [...PORTS, '--ip-family', 'dual']
const OTHER = [...COMMON, '--inbound-ports', '443', '--ip-family', 'dual']

/** The tools with which IPv4 fails. */
const BROKEN = { 'iptables-restore': 'cat >/dev/null; echo broken >&2; exit 3' }

/** The nat tables of both families, without what changes by itself. */
async function tables(at: Namespace): Promise<string> {
  const both = [await at.must(['iptables-save', '-t', 'nat']), await at.must(['ip6tables-save', '-t', 'nat'])]
  return both
    .join('')
    .replace(/^#.*\n/gm, '')
    .replace(/\[\d+:\d+\]/g, '')
}

test('dual sets up both families, once; what was there bypasses the proxy', async ({ agent, namespace }) => {
  const at = await namespace()
  await at.must('ip6tables -t nat -A OUTPUT -d fd00::1 -p tcp -j DNAT --to-destination fd00::2'.split(' '))
  await succeeded(agent.apply(at, DUAL))
  const after = await tables(at)
  assert.match(after, '! -d ::1/128 -o lo -m owner --uid-owner 501 -j RETURN')
  assert.match(after, '! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN')
  assert.match(after, '-A OUTPUT -d fd00::1/128')
  const { status, stderr } = await agent.apply(at, DUAL)
  assert.match(stderr, /ipv6: already active.*\n.*ipv4: already active/)
  assert.is(status, 0)
  assert.is(await tables(at), after)
})

test('when IPv4 fails, IPv6 is rolled back', async ({ agent, namespace, tools }) => {
  const at = await namespace(replaced(tools, BROKEN))
  const { status, stderr } = await agent.apply(at, DUAL)
  assert.match(stderr, 'ipv6: rolled back, because the other family failed.')
  assert.is(status, 1)
  assert.not.match(await tables(at), 'APISIX')
})

test('also to an earlier set', async ({ agent, namespace, tools }) => {
  const working = await namespace()
  await succeeded(agent.apply(working, OTHER))
  const before = await tables(working)
  const broken = replaced(tools, BROKEN)
  const { status } = await agent.apply(working, DUAL, { path: broken.path })
  assert.is(status, 1)
  assert.is(await tables(working), before)
})

test('also to where it stood, in front of foreign rules', async ({ agent, namespace, tools }) => {
  const at = await namespace()
  await succeeded(agent.apply(at, OTHER))
  await at.must('ip6tables -t nat -A OUTPUT -p tcp --dport 53 -j DNAT --to-destination fd00::2'.split(' '))
  const before = await tables(at)
  const broken = replaced(tools, BROKEN)
  const { status, stderr } = await agent.apply(at, DUAL, { path: broken.path })
  assert.match(stderr, 'ipv6: rolled back, because the other family failed.')
  assert.is(status, 1)
  assert.is(await tables(at), before)
})

test('between foreign rules it comes back behind them, and that is said', async ({ agent, namespace, tools }) => {
  const at = await namespace()
  const theirs = (port: number) =>
    at.must(`ip6tables -t nat -A OUTPUT -p tcp --dport ${port} -j DNAT --to-destination fd00::2`.split(' '))
  await theirs(53)
  await succeeded(agent.apply(at, OTHER))
  await theirs(54)
  const broken = replaced(tools, BROKEN)
  const { status, stderr } = await agent.apply(at, DUAL, { path: broken.path })
  assert.match(
    stderr,
    'note: the managed rules in OUTPUT stood between foreign rules. Rolled back, they are behind all of them.',
  )
  assert.is(status, 1)
  assert.match(await tables(at), /--dport 53 .*\n.*--dport 54 .*\n.*! -d ::1\/128/)
})

test('what was active already is not rolled back', async ({ agent, namespace, tools }) => {
  const at = await namespace()
  await succeeded(agent.apply(at, DUAL))
  await at.must('iptables -t nat -F APISIX_INBOUND'.split(' '))
  const before = await tables(at)
  const broken = replaced(tools, BROKEN)
  const { status, stderr } = await agent.apply(at, DUAL, { path: broken.path })
  assert.not.match(stderr, 'rolled back')
  assert.is(status, 1)
  assert.is(await tables(at), before)
})

test('without ip6tables and without addresses, IPv4 alone is set up, with a word', async ({
  agent,
  namespace,
  tools,
}) => {
  const at = await namespace(replaced(tools, { 'ip6tables-save': 'exit 1', 'ip6tables-restore': 'exit 1' }))
  const { status, stderr } = await agent.apply(at, DUAL)
  assert.match(stderr, 'Only IPv4 is set up')
  assert.is(status, 0)
  assert.match(await at.must(['iptables-save', '-t', 'nat']), 'APISIX_INBOUND')
})

test('with addresses that is an error, and nothing is changed', async ({ agent, sidecar, tools }) => {
  const broken = replaced(tools, { 'ip6tables-save': 'exit 1', 'ip6tables-restore': 'exit 1' })
  const { app } = await sidecar(broken)
  const { status, stderr } = await agent.apply(app, DUAL)
  assert.match(stderr, 'this machine has IPv6 addresses')
  assert.is(status, 1)
  assert.not.match(await app.must(['iptables-save', '-t', 'nat']), 'APISIX')
})

test.run()

const refusing = kernelSuite([program])

refusing('what changes in IPv4 while IPv6 is changed is seen', async ({ agent, namespace, tools }) => {
  const at = await namespace()
  await succeeded(agent.apply(at, PORTS))
  const meanwhile = `"$REAL" "$@"; status=$?; iptables -t nat -F PREROUTING; exit $status`
  const { path } = replaced(tools, { 'ip6tables-restore': meanwhile })
  const { status, stderr } = await agent.apply(at, DUAL, { path })
  assert.match(stderr, 'ipv4: applied: ')
  assert.is(status, 0)
  assert.match(await at.must(['iptables-save', '-t', 'nat']), '-A PREROUTING -p tcp -j APISIX_INBOUND')
})

refusing('what is refused in IPv4 is refused before IPv6 is changed', async ({ agent, namespace, tools }) => {
  const at = await namespace(replaced(tools, { 'ip6tables-restore': 'exit 9' }))
  await at.must('iptables -t nat -A OUTPUT -p tcp --dport 53 -j DNAT --to-destination 10.0.0.1'.split(' '))
  const { status, stderr } = await agent.apply(at, [...DUAL, '--strict', '--jump-position', 'first'])
  assert.match(stderr, '--strict: "isolate-recommended" is a warning')
  assert.not.match(stderr, 'ip6tables')
  assert.is(status, 1)
})

const cleaning = kernelSuite([program])

cleaning('what is found is removed, of both families', async ({ agent, namespace }) => {
  const at = await namespace()
  const before = await tables(at)
  await succeeded(agent.apply(at, DUAL))
  const { status, stderr } = await agent.clean(at)
  assert.match(stderr, /removed: .* \(\w+, IPv6\)/)
  assert.is(status, 0)
  assert.is(await tables(at), before)
})

for (const family of ['ipv4', 'ipv6'] as const)
  cleaning(`whatever random options of ${family} set up is removed without a trace`, async ({ agent, namespace }) => {
    const at = await namespace()
    const before = await tables(at)
    const seed = Date.now()
    for (const interception of fc.sample(interceptionsOf(family), { seed, numRuns: 15 })) {
      const options = optionsOf(interception)
      await succeeded(agent.apply(at, options))
      await succeeded(agent.clean(at))
      assert.is(await tables(at), before, `with the seed ${seed}: ${options.join(' ')}`)
    }
  })

cleaning('under ipv4 no process of IPv6 is started, and global addresses are a warning', async ({ agent, sidecar }) => {
  const { app } = await sidecar()
  const { stderr } = await agent.apply(app, PORTS)
  assert.match(stderr, '[ipv6-not-intercepted]')
})

cleaning('--strict makes the warnings of a machine errors, before anything is changed', async ({ agent, sidecar }) => {
  const { app } = await sidecar()
  const { status } = await agent.apply(app, [...PORTS, '--strict'])
  assert.is(status, 1)
  assert.not.match(await tables(app), 'APISIX')
})

refusing.run()
cleaning.run()
