import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { COMMON, documented, examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { foreign, foreignLater } from './harness/foreign'
import { kernelSuite } from './harness/suite'
import { restore, rules, table } from './harness/table'
import { recorded } from './harness/tools'

const test = kernelSuite(agents)

const sets = [
  ...Object.values(examples).map(({ options }) => options.slice(COMMON.length).join(' ')),
  '--inbound-ports * --inbound-exclude-ports 8080,8443',
  '--outbound-ports * --outbound-exclude-ports 443,8443',
  '--inbound-ports * --outbound-ports * --apisix-inbound-capture-port 9081',
  '--outbound-ports 6379,80,5432 --inbound-ports 9999',
]

for (const set of sets) {
  const options = [...COMMON, ...set.split(' ').filter(Boolean)]
  const title = set || 'no ports'

  test(`${title}: cleaning up leaves a table without rules and chains`, async ({ agent, namespace }) => {
    const ours = await namespace()
    await succeeded(agent.apply(ours, options))
    assert.is.not((await rules(ours)).length, 0)
    await succeeded(agent.clean(ours))
    assert.equal(await rules(ours), [])
  })

  test(`${title}: the foreign rules stay to the byte, before ours and behind`, async ({ agent, namespace }) => {
    const [reference, ours] = [await namespace(), await namespace()]
    await succeeded(restore(reference, foreign))
    await succeeded(restore(reference, foreignLater))
    await succeeded(restore(ours, foreign))
    await succeeded(agent.apply(ours, options))
    await succeeded(restore(ours, foreignLater))
    await succeeded(agent.clean(ours))
    assert.is(await table(ours), await table(reference))
  })
}

for (const [name, { options }] of Object.entries(examples))
  test(`${name}: what the documented commands set up is cleaned up`, async ({ agent, namespace }) => {
    const ours = await namespace()
    await succeeded(restore(ours, foreign))
    const before = await table(ours)
    await succeeded(documented.apply(ours, options))
    await succeeded(agent.clean(ours))
    assert.is(await table(ours), before)
  })

test('the foreign rules stay where they were put between ours', async ({ agent, namespace }) => {
  const between = '-A OUTPUT -d 10.96.0.0/12 -p tcp -m comment --comment "between -j APISIX_REDIRECT" -j ACCEPT'
  const ours = await namespace()
  await succeeded(agent.apply(ours, examples['example 3'].options))
  await ours.must(['sh', '-ec', `iptables -t nat ${between.replace('-A OUTPUT', '-I OUTPUT 2')}`])
  await succeeded(agent.clean(ours))
  assert.equal(await rules(ours), [between])
})

test('a clean table: said so, exit 0, and nothing started that could change it', async ({
  agent,
  namespace,
  tools,
}) => {
  const watched = recorded(tools)
  const ours = await namespace(watched)
  await succeeded(restore(ours, foreign))
  const before = await table(ours)
  const already = watched.started().length
  const { status, stdout, stderr } = await agent.clean(ours)
  const started = watched.started().slice(already)
  assert.is(status, 0)
  assert.is(stdout, '')
  assert.match(stderr, 'no managed rules found. Nothing was changed.')
  assert.equal(
    started.filter((line) => !/^ip6?tables(-nft|-legacy)?-save /.test(line)),
    [],
  )
  assert.is(await table(ours), before)
})

test('cleaning up twice is the same as once', async ({ agent, namespace }) => {
  const ours = await namespace()
  await succeeded(restore(ours, foreign))
  const before = await table(ours)
  await succeeded(agent.apply(ours, examples['example 4'].options))
  await succeeded(agent.clean(ours))
  await succeeded(agent.clean(ours))
  assert.is(await table(ours), before)
})

test.run()
