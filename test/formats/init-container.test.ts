import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { cli, golden, words } from '../support'
import { withoutScript } from './without-script'

const COMMAND = 'iptables --apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80'
const POD = `${COMMAND} --format init-container --image registry.example/iptables:1.8`

/** What Kubernetes makes of an argument: `$$` is `$`, and `$(NAME)` the variable of that name, where there is one. */
const expand = (text: string) =>
  text.replace(/\$\$|\$\(([A-Za-z_][\w.-]*)\)/g, (all, name) => (all === '$$' ? '$' : `<${name}>`))

const pod = async (command = POD) => parse((await cli(words(command))).stdout)

test('golden', async () => golden('init-container/iptables.yaml', withoutScript((await cli(words(POD))).stdout)))

/** What differs between the two scripts: how each is made again, what ALLOW_NODE is for, and what comes of a node. */
const OWN =
  /^(# {3}apisix-mesh-agent| {2}ALLOW_NODE|# (Refuses|Warns)| {2}(fail|say) ".*Kubernetes node| {2}allow_node=1)/

test('it carries the script, which refuses a node, and Kubernetes leaves it so', async () => {
  const script = (await cli(words(`${COMMAND} --format script`))).stdout
  const [{ command, args, image }] = (await pod()).initContainers
  const [carried = '', ...more] = args as string[]
  const shared = (text: string) => text.split('\n').filter((line) => !OWN.test(line))
  assert.equal(command, ['/bin/sh', '-c'])
  assert.equal(shared(carried), shared(script))
  assert.match(carried, `#   apisix-mesh-agent ${POD}\n`)
  assert.match(carried, /^ {2}fail "this is the network namespace of a Kubernetes node, /m)
  assert.match(script, /^ {2}say "warning: this is the network namespace of a Kubernetes node, /m)
  assert.equal(more, [])
  assert.is(image, 'registry.example/iptables:1.8')
  assert.is(expand(carried), carried)
})

test('exactly what it needs', async () => {
  const { initContainers, volumes } = await pod()
  assert.equal(initContainers[0].securityContext, {
    runAsUser: 0,
    runAsGroup: 0,
    runAsNonRoot: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
  })
  assert.equal(initContainers[0].volumeMounts, [{ name: 'xtables-lock', mountPath: '/run' }])
  assert.equal(volumes, [{ name: 'xtables-lock', emptyDir: {} }])
  assert.ok(initContainers[0].resources.limits.memory)
})

test('a script that no argument holds is refused, with the way out', async () => {
  const ports = Array.from({ length: 4000 }, (_, at) => at + 1).join()
  const { status, stdout, stderr } = await cli(words(`${POD} --inbound-ports ${ports}`))
  assert.match(stderr, /the script has \d+ KiB, and only 100 fit into an argument\. .*--compact.*ConfigMap/)
  assert.is(stdout, '')
  assert.is(status, 1)
})

test.run()
