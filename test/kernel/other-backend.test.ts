import * as assert from 'uvu/assert'
import { compare } from '../../src/ruleset/compare'
import { parseSaved } from '../../src/ruleset/parse'
import { program } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Namespace } from './harness/namespace'
import { ONE, TWO, wantedBy } from './harness/sets'
import { kernelSuite } from './harness/suite'
import type { Backend } from './harness/tools'

// `iptables` on PATH is of the backend of each test; the other one is there under its own name.

const test = kernelSuite([program])
const onNft = kernelSuite([program], ['nft'])
const onLegacy = kernelSuite([program], ['legacy'])
const otherThan = (backend: Backend): Backend => (backend === 'nft' ? 'legacy' : 'nft')
const named = (backend: Backend) => ['--backend', backend]

const saved = (at: Namespace, backend: Backend) => at.must([`iptables-${backend}-save`, '-t', 'nat'])
const names = async (at: Namespace) => (await at.must(['cat', '/proc/net/ip_tables_names'])).trim()

/** The rules and user chains of a backend. */
async function rules(at: Namespace, backend: Backend): Promise<string[]> {
  return (await saved(at, backend)).split('\n').filter((line) => /^-A |^:\S+ - /.test(line))
}

async function differences(at: Namespace, backend: Backend, set: string[]) {
  return compare(parseSaved(await saved(at, backend)), await wantedBy(set))
}

test('rules go where ours are already, whatever is on PATH', async ({ agent, namespace, tools: { backend } }) => {
  const ours = await namespace()
  const other = otherThan(backend)
  await succeeded(agent.apply(ours, [...ONE, ...named(other)]))
  await succeeded(agent.apply(ours, TWO))
  assert.equal(await differences(ours, other, TWO), [])
  assert.equal(await rules(ours, backend), [])
  assert.match((await agent.apply(ours, TWO)).stderr, 'already active')
})

test('foreign rules in the other backend do not count', async ({ agent, namespace, tools: { backend } }) => {
  const ours = await namespace()
  const other = otherThan(backend)
  await ours.must([`iptables-${other}-restore`, '--noflush'], { input: foreign })
  const before = await rules(ours, other)
  await succeeded(agent.apply(ours, ONE))
  assert.equal(await differences(ours, backend, ONE), [])
  assert.equal(await rules(ours, other), before)
  await succeeded(agent.clean(ours))
  assert.equal(await rules(ours, backend), [])
  assert.equal(await rules(ours, other), before)
})

test('ours in both: refused, and both are named', async ({ agent, namespace, tools: { backend } }) => {
  const ours = await namespace()
  const other = otherThan(backend)
  for (const each of [backend, other]) await succeeded(agent.apply(ours, [...ONE, ...named(each)]))
  for (const set of [ONE, TWO]) {
    const { status, stderr } = await agent.apply(ours, set)
    assert.is(status, 1)
    assert.is(
      stderr,
      `apisix-mesh-agent: error: ${backend} and ${other} both have managed rules. Remove those of one with \`apisix-mesh-agent cleanup-iptables --backend ${other}\`, or use --backend ${backend} to leave them. Nothing was changed.\n`,
    )
  }
  for (const each of [backend, other]) assert.equal(await differences(ours, each, ONE), [])
})

test('cleaning up removes ours from both', async ({ agent, namespace, tools: { backend } }) => {
  const ours = await namespace()
  for (const each of [backend, otherThan(backend)]) await succeeded(agent.apply(ours, [...ONE, ...named(each)]))
  const { status, stderr } = await agent.clean(ours)
  assert.is(status, 0)
  for (const each of [backend, otherThan(backend)]) {
    assert.match(stderr, new RegExp(`removed: .*\\(${each}\\)`))
    assert.equal(await rules(ours, each), [])
  }
  assert.match((await agent.clean(ours)).stderr, 'no managed rules found')
})

test('cleaning up removes ours from the other one alone', async ({ agent, namespace, tools: { backend } }) => {
  const ours = await namespace()
  await succeeded(agent.apply(ours, [...ONE, ...named(otherThan(backend))]))
  await succeeded(agent.clean(ours))
  for (const each of [backend, otherThan(backend)]) assert.equal(await rules(ours, each), [])
})

test('a backend that is given is used alone', async ({ agent, namespace, tools: { backend } }) => {
  const ours = await namespace()
  const other = otherThan(backend)
  await succeeded(agent.apply(ours, [...ONE, ...named(other)]))
  await succeeded(agent.apply(ours, [...TWO, ...named(backend)]))
  assert.equal(await differences(ours, other, ONE), [])
  await succeeded(agent.clean(ours, named(backend)))
  assert.equal(await rules(ours, backend), [])
  assert.equal(await differences(ours, other, ONE), [])
})

onNft('a legacy table that nobody has registered stays so', async ({ agent, namespace }) => {
  const ours = await namespace()
  assert.is(await names(ours), '')
  for (const run of [() => agent.apply(ours, ONE), () => agent.apply(ours, TWO), () => agent.clean(ours)]) {
    await succeeded(run())
    assert.is(await names(ours), '')
  }
  await succeeded(agent.clean(ours))
  assert.is(await names(ours), '')
})

onLegacy('no nft table is made where only legacy is used', async ({ agent, namespace }) => {
  const ours = await namespace()
  for (const run of [() => agent.apply(ours, ONE), () => agent.apply(ours, TWO), () => agent.clean(ours)]) {
    await succeeded(run())
    assert.is(await ours.must(['nft', 'list', 'tables']), '')
  }
})

test.run()
onNft.run()
onLegacy.run()
