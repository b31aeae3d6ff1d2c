import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { COMMANDS } from '../golden/documents'
import { cli, fixture, words } from '../support'
import { drawsOf } from './harness/draws'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Namespace } from './harness/namespace'
import { load, nft, nftFile, nftOnce } from './harness/nft'
import type { Turn } from './harness/peer-process'
import { APPLICATION, type Connection, count, sum } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { counted, restore } from './harness/table'

const test = kernelSuite([nftOnce])
/** Foreign rules are in legacy tables too. */
const onBoth = kernelSuite([nft])

const ruleset = (at: Namespace) => at.must(['nft', 'list', 'ruleset'])
const OPTIONS = ['--apisix-user', '501:20', '--inbound-ports', '80', '--outbound-ports', '80,443']

test('each golden loads, twice as once, and goes', async ({ agent, namespace }) => {
  const at = await namespace()
  for (const [name] of COMMANDS) {
    const text = fixture(`golden/nft/${name}.nft`)
    await succeeded(load(at, text))
    const once = await ruleset(at)
    await succeeded(load(at, text))
    assert.is(await ruleset(at), once, name)
    await succeeded(agent.clean(at))
    assert.is(await ruleset(at), '', name)
    await succeeded(agent.clean(at))
  }
})

test('whatever was in the table is replaced', async ({ agent, namespace }) => {
  const at = await namespace()
  await succeeded(agent.apply(at, OPTIONS))
  const wanted = await ruleset(at)
  const inside = 'inet apisix_mesh_agent'
  await at.must([
    'nft',
    `add set ${inside} other { type uid; }; add element ${inside} inbound_ports { 81 }; add chain ${inside} more; add rule ${inside} OUTPUT jump more`,
  ])
  assert.is.not(await ruleset(at), wanted)
  await succeeded(agent.apply(at, OPTIONS))
  assert.is(await ruleset(at), wanted)
})

onBoth('foreign rules stay, to the byte', async ({ agent, namespace, tools: { backend } }) => {
  const at = await namespace()
  await succeeded(restore(at, foreign))
  await at.must([
    'nft',
    'add table inet theirs; add set inet theirs ports { type inet_service; flags interval; elements = { 80-90 }; }; add chain inet theirs c { type nat hook output priority -100; }; add rule inet theirs c tcp dport @ports counter redirect to :81',
  ])
  const state = async () => [
    await counted(at),
    (await ruleset(at)).replace(/^table inet apisix_mesh_agent \{.*?^\}\n/ms, ''),
  ]
  const before = await state()
  for (const options of [OPTIONS, [...OPTIONS, '--ip-family', 'dual'], [...OPTIONS, '--jump-position', 'first']]) {
    await succeeded(agent.apply(at, options))
    assert.equal(await state(), before, backend)
  }
  await succeeded(agent.clean(at))
  assert.equal(await state(), before)
})

test('a file that cannot be loaded changes nothing', async ({ agent, namespace }) => {
  const at = await namespace()
  await succeeded(agent.apply(at, OPTIONS))
  const before = await ruleset(at)
  const broken = (await nftFile('iptables', OPTIONS)).replace(/redirect to :9080/, 'jump nowhere')
  assert.is.not((await load(at, broken)).status, 0)
  assert.is(await ruleset(at), before)
})

onBoth('with --jump-position first its chains come before foreign ones', async ({ agent, sidecar }) => {
  const { app, connect } = await sidecar()
  const dnat = '*nat\n-A OUTPUT -p tcp -m tcp --dport 80:443 -j DNAT --to-destination 10.77.0.1:22\nCOMMIT\n'
  const reached: Connection[] = [
    [APPLICATION, 'outside:80', 'proxy'],
    ['app 501:20', 'outside:80', 'outside:22'],
    [APPLICATION, 'outside:81', 'outside:22'],
  ]
  const first = [...OPTIONS, '--jump-position', 'first']
  // Of equal priority, the chain that is made later would be asked first.
  for (const steps of [
    [() => agent.apply(app, first), () => restore(app, dnat)],
    [() => restore(app, dnat), () => agent.apply(app, first)],
  ]) {
    for (const step of steps) await succeeded(step())
    assert.equal(await connect(reached), reached)
    await app.must(['iptables', '-t', 'nat', '-F', 'OUTPUT'])
    await succeeded(agent.clean(app))
  }
})

/** Two sets that share what they redirect, and little else: single ports, ranges, networks and users. */
const ONE = [...OPTIONS, ...words('--outbound-ports 8000-8010 --outbound-cidrs 10.77.0.0/24 --outbound-users 1000')]
const TWO = [...OPTIONS, ...words('--outbound-exclude-cidrs 10.78.0.0/16,10.79.0.1 --outbound-groups 900-1100')]

test('no connection escapes or fails while two sets replace each other', async ({ agent, sidecar }) => {
  const { app, loop } = await sidecar()
  await succeeded(agent.apply(app, ONE))
  const turns: Turn[] = []
  let applies = 0
  while (applies < 40 || sum(count(turns)) < 5_000) {
    const stop = await loop(APPLICATION, 'outside:80')
    for (let round = 0; round < 100; round++) await succeeded(agent.apply(app, applies++ % 2 ? ONE : TWO))
    turns.push(...(await stop()))
  }
  const counts = count(turns)
  console.log(`gap-free nft: ${applies} applies, ${sum(counts)} connections, ${JSON.stringify(counts)}`)
  assert.equal(Object.keys(counts), ['proxy'])
})

const RULESETS = Number(process.env.NFT_RULESETS ?? 12)
const CONNECTIONS = 1_000

/** 2 families × 12 rulesets × 1,000 connections, each made beside the rules of iptables and beside the table of nft. */
for (const family of ['ipv4', 'ipv6'] as const)
  test(`it decides as the rules of iptables do: ${family}`, async ({ agent, sidecar }) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const [one, other] = [await sidecar(), await sidecar()]
    const answered: Record<string, number> = {}
    for (const { options, connections } of fc.sample(drawsOf(family, CONNECTIONS), { numRuns: RULESETS, seed })) {
      const document = await cli(['iptables', ...options, '--dry-run'])
      const tool = family === 'ipv4' ? 'iptables' : 'ip6tables'
      await one.app.must([`${tool}-restore`], { input: document.stdout })
      await succeeded(agent.apply(other.app, options))
      const asked = connections.map(([from, to]): Connection => [from, to, ''])
      const [expected, found] = [await one.connect(asked), await other.connect(asked)]
      assert.equal(found, expected, `seed ${seed}: ${options.join(' ')}`)
      for (const [, , answer] of found) answered[answer] = (answered[answer] ?? 0) + 1
    }
    console.log(
      `nft ${family}: ${RULESETS} rulesets, ${sum(answered)} connections, as iptables: ${JSON.stringify(answered)}, seed ${seed}`,
    )
    assert.is(sum(answered), RULESETS * CONNECTIONS)
    assert.ok((answered.proxy ?? 0) > 0)
  })

test.run()
onBoth.run()
