import { execFileSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { kernelSuite } from './harness/suite'
import { rules } from './harness/table'

/** What Kubernetes would start: the init container's command and arguments, out of the YAML that we print. */
const OPTIONS = '--apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80'.split(' ')
const PRINT = ['dist/cli.cjs', 'iptables', ...OPTIONS, '--format', 'init-container', '--image', 'any']

const commands = () => {
  const { initContainers } = parse(execFileSync(process.execPath, PRINT, { encoding: 'utf8' }))
  return [...initContainers[0].command, ...initContainers[0].args] as string[]
}

/** As the security context says: a read-only root, a volume on /run, two capabilities, no new privileges. */
const CONTAINER = `
  mount -o remount,ro,bind / && ! touch /written 2>/dev/null && mount -t tmpfs tmpfs /run &&
  exec setpriv --bounding-set=-all,+net_admin,+net_raw --inh-caps=-all,+net_admin,+net_raw --no-new-privs "$@"`

const start = (at: Namespace) => at.run(['unshare', '-m', 'sh', '-c', CONTAINER, 'sh', ...commands()])

const test = kernelSuite([program])

test('the init container sets up what the program does, with two capabilities and a read-only root', async (lab) => {
  const [pod, reference] = [await lab.namespace(), await lab.namespace()]
  await succeeded(program.apply(reference, OPTIONS))
  const { status, stderr } = await start(pod)
  assert.is(status, 0, stderr)
  assert.equal(await rules(pod), await rules(reference))
})

test('started again, it changes nothing', async (lab) => {
  const pod = await lab.namespace()
  await succeeded(start(pod))
  const { status, stderr } = await start(pod)
  assert.is(stderr, 'apisix-mesh-agent: already active. Nothing was changed.\n')
  assert.is(status, 0)
})

test.run()
