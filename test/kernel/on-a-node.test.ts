import { execFileSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { agents, ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Namespace } from './harness/namespace'
import { differences, ONE } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { restore, table } from './harness/table'
import { recorded } from './harness/tools'

const test = kernelSuite(agents)
const asking = kernelSuite([program])

// The tools print chains in an order of their own.
const SIGN = 'this is the network namespace of a Kubernetes node, because it has the chain KUBE-[A-Z-]+'

/** A node, as far as its rules show it. */
async function nodeWith(at: Namespace): Promise<string> {
  await succeeded(restore(at, foreign))
  return table(at)
}

/** Starts the container that is printed for the options, as Kubernetes would. */
function startContainer(at: Namespace, options: string[] = [], env: string[] = []) {
  const print = ['dist/cli.cjs', 'iptables', ...ONE, '--format', 'init-container', '--image', 'any', ...options]
  const { initContainers } = parse(execFileSync(process.execPath, print, { encoding: 'utf8' }))
  return at.run(['env', ...env, ...initContainers[0].command, ...initContainers[0].args])
}

test('on a node it warns, and applies', async ({ agent, namespace }) => {
  const ours = await namespace()
  await nodeWith(ours)
  const { status, stderr } = await agent.apply(ours, ONE)
  assert.match(stderr, new RegExp(`warning: ${SIGN}\\. .* \\[on-a-node\\]`))
  assert.is(status, 0)
  assert.equal(await differences(ours, ONE), [])
  assert.not.match((await agent.clean(ours)).stderr, 'on-a-node')
})

test('a node that is meant: no warning', async ({ agent, namespace }) => {
  const ours = await namespace()
  await nodeWith(ours)
  const { status, stderr } = await agent.apply(ours, [...ONE, '--allow-node'])
  assert.not.match(stderr, 'on-a-node')
  assert.is(status, 0)
})

test('bridges, and the rules of a container engine, are no node', async ({ agent, namespace }) => {
  const ours = await namespace()
  await ours.must(['sh', '-ec', 'ip link add docker0 type veth peer name cni0'])
  await succeeded(restore(ours, '*nat\n:DOCKER - [0:0]\n-A PREROUTING -j DOCKER\nCOMMIT\n'))
  const { stderr } = await agent.apply(ours, ONE)
  assert.not.match(stderr, 'on-a-node')
})

test('an interface of a node', async ({ agent, namespace }) => {
  const ours = await namespace()
  await ours.must('ip link add cilium_host type veth peer name cilium_net'.split(' '))
  assert.match(
    (await agent.apply(ours, ONE)).stderr,
    /because it has the interface cilium_(host|net)\. .* \[on-a-node\]/,
  )
})

test('a node by the rules of the other backend', async ({ agent, namespace, tools: { backend } }) => {
  const ours = await namespace()
  const other = backend === 'nft' ? 'legacy' : 'nft'
  await ours.must([`iptables-${other}-restore`, '--noflush'], { input: foreign })
  assert.match((await agent.apply(ours, ONE)).stderr, new RegExp(`${SIGN}\\.`))
})

asking('the init container is refused on a node before it changes anything', async ({ namespace, tools }) => {
  for (const options of [[], ['--ip-family', 'dual']]) {
    const watched = recorded(tools)
    const ours = await namespace(watched)
    const before = await nodeWith(ours)
    const already = watched.started().length
    const { status, stdout, stderr } = await startContainer(ours, options)
    assert.match(
      stderr,
      new RegExp(
        `^apisix-mesh-agent: error: ${SIGN}\\. The rules would redirect the traffic of the node\\. Remove hostNetwork: true from the pod\\. If the node is meant, set ALLOW_NODE=1, or print the container with --allow-node\\. Nothing was changed\\.\n$`,
      ),
    )
    assert.is(stdout, '')
    assert.is(status, 1)
    assert.is(await table(ours), before)
    assert.not.match(watched.started().slice(already).join('\n'), 'restore')
  }
})

asking('the init container applies on a node that is meant, and in a pod', async ({ namespace }) => {
  for (const [isNode, options, env] of [
    [true, ['--allow-node'], []],
    [true, [], ['ALLOW_NODE=1']],
    [false, [], []],
  ] as const) {
    const ours = await namespace()
    if (isNode) await nodeWith(ours)
    const { status, stderr } = await startContainer(ours, [...options], [...env])
    assert.is(status, 0, stderr)
    assert.not.match(stderr, /on-a-node|Kubernetes node/)
    assert.equal(await differences(ours, ONE), [])
  }
})

asking('--strict refuses a node, and precheck names it', async ({ namespace }) => {
  const ours = await namespace()
  const before = await nodeWith(ours)
  const strict = [...ONE, '--strict', '--allow', 'isolate-recommended,shadowed']
  const { status, stderr } = await program.apply(ours, strict)
  assert.match(stderr, new RegExp(`--strict: "on-a-node" is a warning: ${SIGN}\\.`))
  assert.is(status, 1)
  assert.is(await table(ours), before)
  for (const [options, line] of [
    [ONE, /^warning {2}on-a-node: /m],
    [strict, /^fault {4}on-a-node: /m],
  ] as const)
    assert.match((await ask.precheck(ours, options)).stdout, line)
  assert.not.match((await ask.precheck(ours, [...ONE, '--allow-node'])).stdout, 'on-a-node')
})

asking('another network namespace: that one counts', async ({ namespace }) => {
  const [node, pod] = [await namespace(), await namespace()]
  await nodeWith(node)
  assert.not.match((await program.apply(node, [...ONE, '--netns', pod.file])).stderr, 'on-a-node')
  assert.match((await program.apply(pod, [...ONE, '--netns', node.file])).stderr, '[on-a-node]')
})

test.run()
asking.run()
