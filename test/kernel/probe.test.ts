import * as assert from 'uvu/assert'
import { ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { ONE } from './harness/sets'
import { ALEX, APPLICATION } from './harness/sidecar'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([program])
const ANYBODY = ['--uid', '1000', '--gid', '1000']
const PROXY = ['--uid', '501', '--gid', '20']

async function probed(app: Namespace, to: string, owner: string[]) {
  const { stdout, stderr, status } = await ask.explain(app, ['--out', to, ...owner, '--probe', '--json'])
  assert.is(stderr, '')
  assert.is(status, 0)
  return JSON.parse(stdout)
}

/** Where to, by whom; who answers, the verdict, and the rules that count a packet. */
const PROBES: [to: string, owner: string[], answer: string, verdict: string, counted: string[]][] = [
  ['10.77.0.1:80', ANYBODY, 'connected', 'intercepted', ['OUTPUT 3', 'APISIX_REDIRECT 1']],
  ['10.77.0.1:443', ANYBODY, 'connected', 'untouched', []],
  ['10.77.0.1:7777', ANYBODY, 'ECONNREFUSED', 'untouched', []],
  ['10.77.0.1:80', PROXY, 'connected', 'untouched', ['OUTPUT 2']],
  ['10.77.0.3:80', ['--uid', '501', '--gid', '7'], 'connected', 'untouched', ['OUTPUT 1']],
  ['127.0.0.1:80', ['--uid', '501', '--gid', '7'], 'connected', 'loop', ['OUTPUT 3', 'APISIX_REDIRECT 1']],
  ['192.0.2.1:80', ANYBODY, 'ENETUNREACH', 'intercepted', []],
]

test('a connection is made as its owner, and the rules that it matched are shown', async ({ agent, sidecar }) => {
  const { app } = await sidecar()
  await succeeded(agent.apply(app, ONE))
  for (const [to, owner, answer, verdict, counted] of PROBES) {
    const found = await probed(app, to, owner)
    assert.is(found.probe.answer, answer, to)
    assert.is(found.verdict, verdict, to)
    assert.equal(
      found.probe.moved.map(({ chain, number }: { chain: string; number: number }) => `${chain} ${number}`).sort(),
      counted.toSorted(),
      to,
    )
    assert.is(found.probe.agrees, answer === 'ENETUNREACH' ? undefined : true, to)
    assert.equal(found.probe.others, [], to)
  }
})

test('nothing else is needed than the kernel: without a proxy it is the same', async ({ agent, namespace }) => {
  const alone = await namespace()
  await alone.must(['ip', 'address', 'add', '10.78.0.1/32', 'dev', 'lo'])
  await succeeded(agent.apply(alone, ONE))
  const found = await probed(alone, '10.78.0.1:80', ANYBODY)
  assert.is(found.probe.answer, 'ECONNREFUSED')
  assert.is(found.verdict, 'intercepted')
  assert.is(found.probe.agrees, true)
})

test('while the proxy is at work its traffic is shown as that of others', async ({ agent, sidecar }) => {
  const { app, loop } = await sidecar()
  await succeeded(agent.apply(app, ONE))
  const stop = await Promise.all([loop(ALEX, 'outside:80'), loop(APPLICATION, 'outside:80')])
  const { stdout } = await ask.explain(app, ['--out', '10.77.0.1:80', ...ANYBODY, '--probe'])
  const found = await probed(app, '10.77.0.1:80', ANYBODY)
  for (const end of stop) await end()
  assert.is(found.probe.agrees, true)
  assert.equal(
    found.probe.others.map(({ spec }: { spec: string }) => spec),
    [
      '-m owner --gid-owner 20 -j RETURN',
      '-p tcp -m tcp --dport 80 -j APISIX_REDIRECT',
      '-p tcp -j REDIRECT --to-ports 9080',
    ],
  )
  assert.match(stdout, /the kernel counted \d+ packets: other traffic too/)
  assert.match(stdout, /Other traffic meanwhile, packets:\n {2}\d+ by -A OUTPUT -m owner --gid-owner 20 -j RETURN/)
})

test('IPv6, and another network namespace', async ({ agent, sidecar, namespace }) => {
  const { app } = await sidecar()
  await succeeded(agent.apply(app, [...ONE, '--ip-family', 'dual']))
  const found = await probed(app, '[fd77::1]:80', ANYBODY)
  assert.is(found.verdict, 'intercepted')
  assert.is(found.probe.agrees, true)
  const out = ['--out', '10.77.0.2:80', '--uid', '501', '--gid', '7']
  const { stdout } = await ask.explain(await namespace(), [...out, '--probe', '--json', '--netns', app.file])
  const there = JSON.parse(stdout)
  assert.is(there.connection.interface, 'lo')
  assert.is(there.verdict, 'untouched')
  assert.is(there.probe.agrees, true)
})

test('where the kernel does otherwise, that is said; its further way is no other traffic', async ({
  agent,
  sidecar,
}) => {
  const { app } = await sidecar()
  await succeeded(agent.apply(app, ONE))
  await app.must(['iptables', '-w', '-t', 'nat', '-A', 'POSTROUTING', '!', '-o', 'lo', '-j', 'MASQUERADE'])
  const plain = await probed(app, '10.77.0.1:443', ANYBODY)
  assert.equal([plain.probe.agrees, plain.probe.others], [true, []])
  await app.must(['iptables', '-w', '-t', 'nat', '-I', 'OUTPUT', '-o', 'lo', '-p', 'tcp', '-j', 'ACCEPT'])
  const { stdout } = await ask.explain(app, [
    ...['--out', '10.77.0.2:443', '--interface', 'eth0', ...ANYBODY, '--probe'],
  ])
  assert.match(stdout.replace(/\s+/g, ' '), 'the kernel did not match the same rules, or other traffic came between')
})

test('a user is given with a group, or by name', async ({ agent, sidecar }) => {
  const { app } = await sidecar()
  await succeeded(agent.apply(app, ONE))
  const { status, stderr } = await ask.explain(app, ['--out', '10.77.0.1:80', '--uid', '1000', '--probe'])
  assert.match(stderr, '--uid: "1000" needs a group for --probe. Use --gid too')
  assert.is(status, 1)
  const { connection } = await probed(app, '10.77.0.1:80', ['--uid', 'nobody'])
  assert.equal([connection.uid, connection.gid], [65534, 65534])
})

test('what comes from an address of this machine is decided in OUTPUT', async ({ sidecar }) => {
  const { app } = await sidecar()
  const { status, stderr } = await ask.explain(app, ['--in', '10.77.0.2:5555', '--to', ':80'])
  assert.match(stderr, '--in: "10.77.0.2" is an address of this machine, whose connections pass OUTPUT. Use --out.')
  assert.is(status, 1)
})

test('who may not become that user is told so', async ({ agent, sidecar }) => {
  const { app } = await sidecar()
  await succeeded(agent.apply(app, ONE))
  const { status, stderr } = await ask.explain(app, ['--out', '10.77.0.1:80', '--uid', '0', '--gid', '0', '--probe'], {
    owner: '1000:1000',
  })
  assert.is(status, 1)
  assert.match(stderr, /Run it as root/)
})

test.run()
