import * as assert from 'uvu/assert'
import { agents, program } from './harness/agent'
import { type Ended, succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { differences, ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { rules } from './harness/table'

const test = kernelSuite(agents, ['nft'])
const choosing = kernelSuite([program], ['legacy'])
const onNft = kernelSuite([program], ['nft'])

const ruleset = (at: Namespace) => at.must(['nft', 'list', 'ruleset'])

/** Adds what only nft can write, to the table and the chain that iptables uses too. */
async function addNative(at: Namespace, rule: string): Promise<void> {
  const chain = 'chain ip nat OUTPUT { type nat hook output priority -100; }'
  await at.must(['nft', `add table ip nat; add ${chain}; add rule ip nat OUTPUT ${rule}`])
}

function refused({ status, stdout, stderr }: Ended, words: RegExp): void {
  assert.is(status, 1)
  assert.is(stdout, '')
  assert.match(stderr, words)
  assert.match(stderr, 'Nothing was changed.')
}

/** What iptables-nft-save makes of a rule: nothing but a remark, or an error in the middle of the table. */
const NATIVE: [rule: string, words: RegExp][] = [
  ['ct state new counter', /Look at `nft list ruleset`/],
  ['tcp dport 80 dnat to numgen inc mod 2 map { 0: 10.0.0.1, 1: 10.0.0.2 }', /Look at `nft list ruleset`/],
  ['skgid 5 return', /nft/],
]

for (const [rule, words] of NATIVE) {
  test(`a table with the native rule \`${rule}\` is refused, and left as it is`, async ({ agent, namespace }) => {
    const ours = await namespace()
    await addNative(ours, rule)
    const before = await ruleset(ours)
    refused(await agent.apply(ours, ONE), words)
    refused(await agent.clean(ours), words)
    assert.is(await ruleset(ours), before)
  })

  test(`so it is when managed rules are in it, and \`${rule}\` comes later`, async ({ agent, namespace }) => {
    const ours = await namespace()
    await succeeded(agent.apply(ours, ONE))
    await addNative(ours, rule)
    const before = await ruleset(ours)
    refused(await agent.apply(ours, ONE), words)
    refused(await agent.apply(ours, TWO), words)
    refused(await agent.clean(ours), words)
    assert.is(await ruleset(ours), before)
  })
}

test('beside a chain that others have hooked in by nft, rules come and go, and it stays', async ({
  agent,
  namespace,
}) => {
  const ours = await namespace()
  const chain = 'chain ip nat theirs { type nat hook output priority -50; }'
  await ours.must([
    'nft',
    `add table ip nat; add ${chain}; add rule ip nat theirs tcp dport 81 counter redirect to :82`,
  ])
  const theirs = () => ours.must(['nft', 'list', 'chain', 'ip', 'nat', 'theirs'])
  const before = await theirs()
  for (const set of [ONE, TWO]) {
    await succeeded(agent.apply(ours, set))
    assert.equal(await differences(ours, set), [])
    assert.is(await theirs(), before)
  }
  await succeeded(agent.clean(ours))
  assert.equal(await rules(ours), [])
  assert.is(await theirs(), before)
})

choosing(
  'an nft table that cannot be read is no reason not to use legacy, but it is said',
  async ({ agent, namespace }) => {
    const ours = await namespace()
    await addNative(ours, 'ct state new counter')
    const before = await ruleset(ours)
    const { status, stderr } = await agent.apply(ours, ONE)
    assert.is(status, 0)
    assert.match(stderr, /warning: nft may have managed rules too: .*nft list ruleset/)
    assert.equal(await differences(ours, ONE), [])
    assert.is(await ruleset(ours), before)
  },
)

/** What a mail server in a container does: native rules in the IPv6 table, which the iptables tools cannot show then. */
const addNative6 = (at: Namespace) =>
  at.must([
    'nft',
    'add table ip6 nat; add chain ip6 nat OUTPUT { type nat hook output priority -100; }; add rule ip6 nat OUTPUT ct state new counter',
  ])

for (const [what, native] of [
  ['IPv6', addNative6],
  ['the other backend', (at: Namespace) => addNative(at, 'ct state new counter')],
] as const)
  choosing(
    `cleaning up leaves a table of ${what} that cannot be read and shows nothing of ours, with a note`,
    async ({ agent, namespace }) => {
      const ours = await namespace()
      await succeeded(agent.apply(ours, ONE))
      await native(ours)
      const before = await ruleset(ours)
      const { status, stderr } = await agent.clean(ours)
      assert.is(status, 0, stderr)
      assert.match(stderr, /note: nft.* was not read: .*nft list ruleset/)
      assert.equal(await rules(ours), [])
      assert.is(await ruleset(ours), before)
    },
  )

onNft('cleaning up goes on beside an IPv6 table that cannot be read', async ({ agent, namespace }) => {
  const ours = await namespace()
  await addNative6(ours)
  await succeeded(agent.apply(ours, ONE))
  const { status, stderr } = await agent.clean(ours)
  assert.is(status, 0, stderr)
  assert.match(stderr, /note: nft, IPv6 was not read/)
  assert.equal(await rules(ours), [])
})

choosing(
  'cleaning up is refused where nft shows managed rules that its tools cannot, unless the backend is given',
  async ({ agent, namespace }) => {
    const ours = await namespace()
    await succeeded(agent.apply(ours, [...ONE, '--backend', 'nft']))
    await addNative(ours, 'ct state new counter')
    await succeeded(agent.apply(ours, [...ONE, '--backend', 'legacy']))
    const before = await ruleset(ours)
    refused(await agent.clean(ours), /Look at `nft list ruleset`/)
    assert.equal(await differences(ours, ONE), [])
    await succeeded(agent.clean(ours, ['--backend', 'legacy']))
    assert.equal(await rules(ours), [])
    assert.is(await ruleset(ours), before)
  },
)

test.run()
choosing.run()
onNft.run()
