import * as assert from 'uvu/assert'
import { compare } from '../../src/ruleset/compare'
import { parseSaved } from '../../src/ruleset/parse'
import { agents, ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { ONE, TWO, wantedBy } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { type Backend, copied, lacking, toolsOf } from './harness/tools'

// `iptables` on PATH is of the backend of each test. A kernel that lacks a backend is one by the words of its tools; the other
// backend is the real one.

const test = kernelSuite(agents)
const asking = kernelSuite([program])
const otherThan = (backend: Backend): Backend => (backend === 'nft' ? 'legacy' : 'nft')
const DUAL = [...ONE, '--ip-family', 'dual']

/** The tables of a backend, by the real tools. */
const saved = (at: Namespace, backend: Backend, family = 'iptables') =>
  at.must([`${toolsOf(backend).folder}/${family}-${backend}-save`, '-t', 'nat'])
const differences = async (at: Namespace, backend: Backend, set: string[]) =>
  compare(parseSaved(await saved(at, backend)), await wantedBy(set))
const chains = async (at: Namespace, backend: Backend, family?: string) =>
  (await saved(at, backend, family)).match(/^:APISIX_\S+/gm) ?? []
/** What shows that a table was made or registered. */
const traces = async (at: Namespace) =>
  (await at.must(['sh', '-c', 'nft list tables; cat /proc/net/ip_tables_names /proc/net/ip6_tables_names'])).trim()

const says = (backend: Backend) => new RegExp(`note: using (iptables-)?${backend}, because this kernel has no `)

test('a kernel that lacks the backend of iptables: the other one is used', async ({ agent, namespace, tools }) => {
  const other = otherThan(tools.backend)
  const ours = await namespace(lacking(tools, tools.backend))
  const first = await agent.apply(ours, ONE)
  assert.match(first.stderr, says(other))
  assert.is(first.status, 0, first.stderr)
  assert.equal(await differences(ours, other, ONE), [])
  const again = await agent.apply(ours, ONE)
  assert.match(again.stderr, 'already active. Nothing was changed.')
  await succeeded(agent.apply(ours, TWO))
  assert.equal(await differences(ours, other, TWO), [])
  await succeeded(agent.clean(ours))
  assert.equal(await chains(ours, other), [])
})

test('the same for both families', async ({ agent, namespace, tools }) => {
  const other = otherThan(tools.backend)
  const ours = await namespace(lacking(tools, tools.backend))
  await succeeded(agent.apply(ours, DUAL))
  for (const family of ['iptables', 'ip6tables']) assert.ok((await chains(ours, other, family)).length > 0, family)
})

test('a kernel that lacks both is left as it is', async ({ agent, namespace, tools }) => {
  const ours = await namespace(lacking(tools, 'nft', 'legacy'))
  for (const options of [ONE, DUAL]) {
    const { status, stdout, stderr } = await agent.apply(ours, options)
    assert.match(
      stderr,
      /error: .*no backend can be used: this kernel has no .*, and this kernel has no .* Nothing was changed\./,
    )
    assert.is(stdout, '')
    assert.is(status, 1)
  }
  assert.is(await traces(ours), '')
})

/** A namespace in which there are no other tools than some copies. */
const without = (at: Namespace): Namespace => ({
  ...at,
  run: (argv, how) =>
    at.run(
      [
        'unshare',
        '-m',
        'sh',
        '-c',
        'mount -t tmpfs none /usr/sbin && mount -t tmpfs none /sbin && exec "$@"',
        'sh',
        ...argv,
      ],
      how,
    ),
})

test('no tools that are called iptables: those that name their backend are used', async ({
  agent,
  namespace,
  tools,
}) => {
  const { backend } = tools
  for (const backends of [[backend], [backend, otherThan(backend)]] as Backend[][]) {
    const ours = await namespace(copied(...backends))
    const { status, stderr } = await agent.apply(without(ours), ONE)
    const used = backends.length === 1 ? backend : 'nft'
    assert.match(stderr, new RegExp(`note: using (iptables-)?${used}, because iptables(-save)? is not on PATH`))
    assert.is(status, 0, stderr)
    assert.equal(await differences(ours, used, ONE), [])
  }
})

test('a backend that was named is used, or fails', async ({ agent, namespace, tools }) => {
  const { backend } = tools
  const other = otherThan(backend)
  const ours = await namespace(lacking(tools, backend))
  const { status, stderr } = await agent.apply(ours, [...ONE, '--backend', backend])
  assert.match(stderr, /error: this kernel has no /)
  assert.not.match(stderr, 'using')
  assert.is(status, 1)
  await succeeded(agent.apply(ours, [...ONE, '--backend', other]))
  assert.equal(await differences(ours, other, ONE), [])
})

test('rules go where the managed ones are, and no other table is touched', async ({ agent, namespace, tools }) => {
  const other = otherThan(tools.backend)
  const ours = await namespace()
  await succeeded(agent.apply(ours, [...ONE, '--backend', other]))
  const before = await traces(ours)
  const { stderr } = await agent.apply(ours, TWO)
  assert.match(stderr, new RegExp(`note: using (iptables-)?${other}, because it has the managed rules\\.`))
  assert.equal(await differences(ours, other, TWO), [])
  // Reading a legacy table would register it.
  if (other === 'nft') assert.is(await traces(ours), before)
})

test('managed rules in both backends are refused, and left as they are', async ({ agent, namespace, tools }) => {
  const { backend } = tools
  const ours = await namespace()
  for (const each of [backend, otherThan(backend)]) await succeeded(agent.apply(ours, [...ONE, '--backend', each]))
  const { status, stderr } = await agent.apply(ours, TWO)
  assert.match(stderr, /error: (nft and legacy|legacy and nft) both have managed rules\. .* Nothing was changed\./)
  assert.is(status, 1)
  for (const each of [backend, otherThan(backend)]) assert.equal(await differences(ours, each, ONE), [])
  await succeeded(agent.apply(ours, [...TWO, '--backend', backend]))
  assert.equal(await differences(ours, backend, TWO), [])
})

asking('precheck foretells the choice, and leaves no trace', async ({ namespace, tools }) => {
  const other = otherThan(tools.backend)
  const ours = await namespace(lacking(tools, tools.backend))
  const { status, stdout } = await ask.precheck(ours, [...ONE, '--json'])
  assert.match(stdout, `"text": "IPv4: ${other}, because this kernel has no `)
  assert.match(stdout, '"text": "IPv4: nat, REDIRECT and owner work"')
  assert.is(status, 0, stdout)
  assert.is(await traces(ours), '')
  const neither = await ask.precheck(await namespace(lacking(tools, 'nft', 'legacy')), ONE)
  assert.match(neither.stdout, /^fault {4}tables: IPv4: no backend can be used/m)
  assert.is(neither.status, 1)
})

asking('check, explain and cleaning up look where the rules are', async ({ agent, namespace, tools }) => {
  const other = otherThan(tools.backend)
  const ours = await namespace(lacking(tools, tools.backend))
  await succeeded(agent.apply(ours, ONE))
  assert.match((await ask.check(ours, ONE)).stdout, `active (${other})`)
  assert.match((await ask.explain(ours, ['--in', '10.0.0.1:1000', '--to', ':80'])).stdout, `the live rules (${other})`)
  assert.match((await agent.clean(ours)).stderr, `(${other})`)
  assert.match((await agent.clean(ours)).stderr, 'no managed rules found. Nothing was changed.')
})

test.run()
asking.run()
