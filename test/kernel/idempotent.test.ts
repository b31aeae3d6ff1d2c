import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import { ONE, TWO } from './harness/sets'
import { APPLICATION, CALLER, type Connection } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { counted, restore, saved } from './harness/table'
import { recorded } from './harness/tools'

const test = kernelSuite(agents)
const writes = (started: string[]) => started.filter((line) => !/^iptables(-nft|-legacy)?-save /.test(line))
const connections: Connection[] = [
  [APPLICATION, 'outside:80', 'proxy'],
  [CALLER, 'app:80', 'proxy'],
]

const sets: [what: string, options: string[]][] = [
  ['example 4', examples['example 4'].options],
  ['a set of listed ports', ONE],
  [
    'a set of all ports',
    '--apisix-user 501:20 --inbound-ports * --outbound-ports * --outbound-exclude-ports 53'.split(' '),
  ],
]

for (const [what, options] of sets)
  test(`${what}: applied ten times it is as once: nothing is written, counters go on`, async ({
    agent,
    sidecar,
    tools,
  }) => {
    const watched = recorded(tools)
    const { app, connect } = await sidecar(watched)
    await succeeded(restore(app, foreign))
    await succeeded(agent.apply(app, options))
    await connect(connections)
    const before = await counted(app)
    assert.match(before, /^\[[1-9]\d*:\d+\] -A PREROUTING -p tcp -j APISIX_INBOUND$/m)
    assert.match(before, /^\[[1-9]\d*:\d+\] -A APISIX_REDIRECT /m)
    const already = watched.started().length
    for (let time = 1; time < 10; time++) {
      const { status, stderr } = await agent.apply(app, options)
      assert.is(status, 0)
      assert.match(stderr, 'already active')
    }
    assert.equal(writes(watched.started().slice(already)), [])
    assert.is(await counted(app), before)
    await connect(connections)
    assert.is.not(await counted(app), before)
  })

test('applied ten times, iptables-save prints the same bytes as after one', async ({ agent, namespace }) => {
  const ours = await namespace()
  const bytes = async () => (await saved(ours)).replace(/^# .* on .*\n/gm, '')
  await succeeded(agent.apply(ours, TWO))
  const before = await bytes()
  for (let time = 1; time < 10; time++) await succeeded(agent.apply(ours, TWO))
  assert.is(await bytes(), before)
})

test.run()
