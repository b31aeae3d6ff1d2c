import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { argvOf, program } from './harness/agent'
import { type Container, imageRoot, runContainer } from './harness/container'
import { exec, succeeded } from './harness/exec'
import type { Lab } from './harness/lab'
import type { Namespace } from './harness/namespace'
import { nft } from './harness/nft'
import { APPLICATION, CALLER, type Connection } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { rules } from './harness/table'
import { BACKENDS } from './harness/tools'

const OPTIONS = ['--apisix-user', '501:20', '--inbound-ports', '80', '--outbound-ports', '443']
const POD = readFileSync('fixtures/manifests/pod.yaml', 'utf8')

/** The init container that is injected into a pod. */
async function injected(...options: string[]): Promise<Container> {
  const text = await succeeded(exec(argvOf('inject', ['--image', 'any', ...OPTIONS, ...options]), { input: POD }))
  return parse(text).spec.initContainers.at(-1)
}

/** The same to be merged into a pod by hand. */
async function printed(): Promise<Container> {
  const options = ['--image', 'any', '--format', 'init-container', ...OPTIONS]
  return parse(await succeeded(exec(argvOf('iptables', options)))).initContainers[0]
}

const test = kernelSuite([program], BACKENDS, ['runc', 'busybox'])

const native = kernelSuite([program], ['nft'], ['runc', 'busybox'])

const CONNECTIONS: Connection[] = [
  [CALLER, 'app:80', 'proxy'],
  [CALLER, 'app:8080', 'app:8080'],
  [APPLICATION, 'outside:443', 'proxy'],
  [APPLICATION, 'outside:80', 'outside:80'],
  ['app 501:20', 'outside:443', 'outside:443'],
]

/** Runs a container in a pod, and finds traffic intercepted from then on. */
async function isIntercepted(lab: Lab, root: string, container: Container, says: string): Promise<Namespace> {
  const { app, connect } = await lab.sidecar()
  const before = await connect(CONNECTIONS)
  assert.equal(before.map(([, , answer]) => answer).includes('proxy'), false)

  const { status, stderr } = await runContainer(lab, app, root, container)
  assert.is(status, 0, stderr)
  assert.match(stderr, `apisix-mesh-agent: applied: ${says}`)
  assert.equal(await connect(CONNECTIONS), CONNECTIONS)
  return app
}

native('that of nft runs in runc, without iptables in its image and volumes in its pod', async (lab) => {
  const app = await isIntercepted(
    lab,
    imageRoot(lab, true),
    await injected('--native-nftables'),
    'table inet apisix_mesh_agent.',
  )
  const reference = await lab.namespace()
  await succeeded(nft.apply(reference, OPTIONS))
  const list = ['nft', 'list', 'ruleset']
  assert.is(await app.must(list), await reference.must(list))
})

for (const [what, containerOf] of Object.entries({ injected, printed }))
  test(`the ${what} init container runs in runc, and traffic is intercepted; again, it changes nothing`, async (lab) => {
    const [root, container] = [imageRoot(lab), await containerOf()]
    const app = await isIntercepted(lab, root, container, '2 chains, 6 rules')
    const reference = await lab.namespace()
    await succeeded(program.apply(reference, OPTIONS))
    assert.equal(await rules(app), await rules(reference))

    const { status, stderr } = await runContainer(lab, app, root, container)
    assert.is(stderr, 'apisix-mesh-agent: already active. Nothing was changed.\n')
    assert.is(status, 0)
    assert.equal(await rules(app), await rules(reference))
  })

test('it runs with what its security context grants, and no more', async (lab) => {
  const container = await injected()
  const look =
    'id -u; id -g; grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status; touch /written || touch /run/written'
  const { status, stdout, stderr } = await runContainer(lab, await lab.namespace(), imageRoot(lab), {
    ...container,
    args: [look],
  })
  assert.is(status, 0, stderr)
  // CAP_NET_ADMIN is bit 12, CAP_NET_RAW 13.
  assert.is(stdout, '0\n0\nCapEff:\t0000000000003000\nCapBnd:\t0000000000003000\nNoNewPrivs:\t1\n')
  assert.match(stderr, 'Read-only file system')
})

test.run()
native.run()
