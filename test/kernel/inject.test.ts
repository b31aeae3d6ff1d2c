import { readFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { argvOf, program } from './harness/agent'
import { type Container, imageRoot, runContainer } from './harness/container'
import { exec, succeeded } from './harness/exec'
import { APPLICATION, CALLER, type Connection } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { rules } from './harness/table'
import { BACKENDS } from './harness/tools'

const OPTIONS = ['--apisix-user', '501:20', '--inbound-ports', '80', '--outbound-ports', '443']
const POD = readFileSync('fixtures/manifests/pod.yaml', 'utf8')

/** The init container that is injected into a pod. */
async function injected(): Promise<Container> {
  const text = await succeeded(exec(argvOf('inject', ['--image', 'any', ...OPTIONS]), { input: POD }))
  return parse(text).spec.initContainers.at(-1)
}

const test = kernelSuite([program], BACKENDS, ['runc', 'busybox'])

test('the injected init container runs in runc, and traffic is intercepted', async (lab) => {
  const { app, connect } = await lab.sidecar()
  const connections: Connection[] = [
    [CALLER, 'app:80', 'proxy'],
    [CALLER, 'app:8080', 'app:8080'],
    [APPLICATION, 'outside:443', 'proxy'],
    [APPLICATION, 'outside:80', 'outside:80'],
    ['app 501:20', 'outside:443', 'outside:443'],
  ]
  const before = await connect(connections)
  assert.equal(before.map(([, , answer]) => answer).includes('proxy'), false)

  const { status, stderr } = await runContainer(lab, app, imageRoot(lab), await injected())
  assert.is(status, 0, stderr)
  assert.match(stderr, 'apisix-mesh-agent: applied: 2 chains, 6 rules')
  assert.equal(await connect(connections), connections)

  const reference = await lab.namespace()
  await succeeded(program.apply(reference, OPTIONS))
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
