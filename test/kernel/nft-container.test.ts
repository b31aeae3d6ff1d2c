import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { cli } from '../support'
import { program } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { In, Namespace } from './harness/namespace'
import { nft, nftOnce } from './harness/nft'
import { CALLER } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { restore } from './harness/table'

const OPTIONS = ['--apisix-user', '501:20', '--inbound-ports', '80', '--outbound-ports', '80,443']

/** What Kubernetes would start, in a shell: the init container that loads the table, with other arguments for its script. */
async function start(at: Namespace, shell: string[], args: string[] = [], how?: In & { options?: string[] }) {
  const print = ['iptables', ...OPTIONS, '--format', 'init-container', '--image', 'any', '--native-nftables']
  const { initContainers } = parse((await cli([...print, ...(how?.options ?? [])])).stdout)
  return at.run([...shell, '-c', ...initContainers[0].args, 'sh', ...args], how)
}

const SHELLS = [['dash'], ['busybox', 'ash'], ['bash', '--norc']]
const SAYS = 'apisix-mesh-agent: '
const ruleset = (at: Namespace) => at.must(['nft', 'list', 'ruleset'])

const test = kernelSuite([nftOnce])

for (const shell of SHELLS)
  test(`in ${shell.join(' ').replace(' --norc', '')} it loads what --format nft prints, twice as once, and goes`, async ({
    namespace,
  }) => {
    const [pod, reference] = [await namespace(), await namespace()]
    await succeeded(nft.apply(reference, OPTIONS))
    const before = await ruleset(pod)
    const first = await start(pod, shell)
    assert.match(first.stderr, `${SAYS}applied: table inet apisix_mesh_agent. Established connections may be reset,`)
    assert.is(first.status, 0)
    const loaded = await ruleset(pod)
    assert.is(loaded, await ruleset(reference))
    const again = await start(pod, shell)
    assert.match(again.stderr, `${SAYS}applied: table inet apisix_mesh_agent, in place of the earlier one.`)
    assert.is(await ruleset(pod), loaded)
    assert.match((await start(pod, shell, ['--clean'])).stderr, `${SAYS}removed: table inet apisix_mesh_agent.`)
    assert.is(await ruleset(pod), before)
    const { status, stderr } = await start(pod, shell, ['--clean'])
    assert.is(stderr, `${SAYS}there is no table inet apisix_mesh_agent. Nothing was changed.\n`)
    assert.is(status, 0)
  })

test('loaded again, it leaves established connections to the proxy', async ({ sidecar }) => {
  const { app, hold } = await sidecar()
  await succeeded(start(app, ['sh']))
  const [answer, again] = await hold(CALLER, 'app:80')
  assert.is(answer, 'proxy')
  await succeeded(start(app, ['sh'], [], { options: ['--outbound-ports', '443'] }))
  assert.is(await again(), 'proxy')
})

/** What makes a node of a namespace, and by what it shows. */
const NODES: [make: (at: Namespace) => Promise<unknown>, sign: RegExp][] = [
  [(at) => succeeded(restore(at, foreign)), /it has the chain KUBE-[A-Z-]+\./],
  [(at) => at.must(['nft', 'add table ip6 kube-proxy']), /it has the table kube-proxy\./],
  [
    (at) => at.must('ip link add cilium_host type veth peer name cilium_net'.split(' ')),
    /it has the interface cilium_(host|net)\./,
  ],
]

for (const [make, sign] of NODES)
  test(`refused on a node: ${sign}`, async ({ namespace }) => {
    const node = await namespace()
    await make(node)
    const before = await ruleset(node)
    const { status, stderr } = await start(node, ['sh'])
    assert.match(stderr, sign)
    assert.match(stderr, /^apisix-mesh-agent: error: this is the network namespace .* Nothing was changed\.\n$/)
    assert.is(status, 1)
    assert.is(await ruleset(node), before)
    await succeeded(start(node, ['env', 'ALLOW_NODE=1', 'sh']))
    await succeeded(start(node, ['sh'], ['--clean']))
    await succeeded(start(node, ['sh'], [], { options: ['--allow-node'] }))
    assert.match(await ruleset(node), 'table inet apisix_mesh_agent {')
  })

test('cleanup-iptables leaves the table, and says so as long as it is there', async ({ namespace }) => {
  const [pod, elsewhere] = [await namespace(), await namespace()]
  await succeeded(start(pod, ['sh']))
  const before = await ruleset(pod)
  const clean = async (at: Namespace, options: string[] = []) => (await program.clean(at, options)).stderr
  const warning =
    'apisix-mesh-agent: warning: the nft table inet apisix_mesh_agent stays, and redirects connections. Remove it with `nft delete table inet apisix_mesh_agent`.\n'
  assert.is(await clean(pod), `apisix-mesh-agent: no managed rules found. Nothing was changed.\n${warning}`)
  assert.is(await ruleset(pod), before)
  assert.match(await clean(elsewhere, ['--netns', pod.file]), warning)
  assert.not.match(await clean(elsewhere), 'warning')
  await succeeded(program.apply(pod, OPTIONS))
  assert.match(await clean(pod), /^apisix-mesh-agent: removed: .*\n.*warning: the nft table/)
  await pod.must('nft delete table inet apisix_mesh_agent'.split(' '))
  assert.not.match(await clean(pod), 'warning')
})

test('without root it says so, and changes nothing', async ({ namespace }) => {
  const pod = await namespace()
  for (const args of [[], ['--clean']]) {
    const { status, stderr } = await start(pod, ['sh'], args, { owner: '1000:1000' })
    assert.match(stderr, `${SAYS}error: nft needs root with CAP_NET_ADMIN.`)
    assert.is(status, 1)
  }
  assert.is(await ruleset(pod), '')
})

test.run()
