import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { workshop } from '../kernel/harness/workshop'
import { cli, FIXTURES, words } from '../support'

const FORMAT = 'APISIX_MESH_AGENT_FORMAT'
const PORT = 'APISIX_MESH_AGENT_APISIX_PORT'
const IN = 'APISIX_MESH_AGENT_INBOUND_PORTS'
const ACCEPTED = '--apisix-user 501:20 --dry-run'

/** A command line and environment, and another command line of the same meaning. */
const SAME: [command: string, env: NodeJS.ProcessEnv, plain: string][] = [
  [`iptables ${ACCEPTED}`, { [PORT]: '19080' }, `iptables ${ACCEPTED} --apisix-port 19080`],
  [`iptables ${ACCEPTED} --apisix-port 9090`, { [PORT]: '19080' }, `iptables ${ACCEPTED} --apisix-port 9090`],
  [`iptables ${ACCEPTED}`, { [IN]: '80, 443' }, `iptables ${ACCEPTED} --inbound-ports 80,443`],
  [`iptables ${ACCEPTED} --inbound-ports 1`, { [IN]: '80' }, `iptables ${ACCEPTED} --inbound-ports 1`],
  [`iptables ${ACCEPTED} --inbound-ports=`, { [IN]: '80' }, `iptables ${ACCEPTED}`],
  [`iptables ${ACCEPTED}`, { [PORT]: '' }, `iptables ${ACCEPTED}`],
  ['explain --apisix-user 501:20', { [FORMAT]: 'script' }, 'explain --apisix-user 501:20'],
  ['explain --apisix-user 501:20', { [FORMAT]: 'mermaid' }, 'explain --apisix-user 501:20 --format mermaid'],
  [`iptables ${ACCEPTED}`, { [FORMAT]: 'documented' }, `iptables ${ACCEPTED} --format documented`],
  [`iptables ${ACCEPTED}`, { APISIX_MESH_AGENT_PORT: 'tcp://10.0.0.1:80' }, `iptables ${ACCEPTED}`],
  [`iptables ${ACCEPTED}`, { APISIX_MESH_AGENT_SERVICE_HOST: '10.0.0.1' }, `iptables ${ACCEPTED}`],
  ['iptables --apisix-user 501:20', { APISIX_MESH_AGENT_DRY_RUN: 'true' }, `iptables ${ACCEPTED}`],
  ['iptables --apisix-user 501:20 --dry-run=true', {}, `iptables ${ACCEPTED}`],
  [`iptables --apisix-port 80 --apisix-port=80 ${ACCEPTED}`, {}, `iptables --apisix-port 80 ${ACCEPTED}`],
  [`iptables --apisix-user alex --root ${FIXTURES}/root --dry-run`, {}, `iptables ${ACCEPTED}`],
  [`iptables --apisix-user 501 --root ${FIXTURES}/root --dry-run`, {}, `iptables ${ACCEPTED}`],
  [`iptables --root ${FIXTURES}/root --dry-run`, {}, 'iptables --apisix-user 65534:65534 --dry-run'],
  [`iptables ${ACCEPTED} --inbound-ports ' 80 ,	443 '`, {}, `iptables ${ACCEPTED} --inbound-ports 80,443`],
  [`iptables ${ACCEPTED} --inbound-interception-mode REDIRECT`, {}, `iptables ${ACCEPTED}`],
]

for (const [command, env, plain] of SAME)
  test(`${JSON.stringify(env)} ${command}`, async () => {
    const { status, stdout } = await cli(words(command), { env })
    assert.is(stdout, (await cli(words(plain))).stdout)
    assert.is(status, 0)
  })

test('a faulty variable is named', async () => {
  const { status, stderr } = await cli(words(`iptables ${ACCEPTED}`), { env: { [PORT]: 'tcp://10.0.0.1:80' } })
  assert.match(stderr, `${PORT}: "tcp://10.0.0.1:80" is not a port`)
  assert.is(status, 1)
})

test('a format of another command is none, where rules could change', async () => {
  const { status, stderr } = await cli(words('cleanup-iptables'), { env: { [FORMAT]: 'systemd' } })
  assert.match(stderr, `${FORMAT}: "systemd" is not one of restore, documented, script`)
  assert.is(status, 1)
})

const NEAR = 'APISIX_MESH_AGENT_INBOUND_PORT'

test('a variable that is almost one of an option is warned of, once; those that Kubernetes makes are not', async () => {
  const env = { [NEAR]: '80', APISIX_MESH_AGENT_PORT_80_TCP: 'x', APISIX_MESH_AGENT_UID: '1', APISIX_MESH_AGENT_X: '' }
  const { status, stderr } = await cli(words(`iptables --inbound-ports 80 ${ACCEPTED}`), { env })
  assert.is(
    stderr,
    `apisix-mesh-agent: warning: ${NEAR} is of no option, and not used (did you mean "INBOUND_PORTS"?) [unknown-variable]\n`,
  )
  assert.is(status, 0)
  const strict = await cli(words(`check --inbound-ports 80 ${ACCEPTED.replace('--dry-run', '--strict')}`), { env })
  assert.match(strict.stderr, '--strict: "unknown-variable" is a warning')
  assert.is(strict.status, 2)
})

for (const [family, hint] of [
  ['ipv4', 'iptables-restore --noflush FILE'],
  ['ipv6', 'ip6tables-restore --noflush FILE'],
  ['dual', 'iptables-restore --noflush FILE && ip6tables-restore --noflush FILE'],
])
  test(`how a written document is loaded is said: ${family}`, async () => {
    const file = join(workshop('written'), family as string)
    const command = `iptables --apisix-user 501:20 --inbound-ports 80 --ip-family ${family} --output ${file}`
    const { stderr } = await cli(words(command))
    assert.is(stderr, `apisix-mesh-agent: wrote FILE; to load it, once: ${hint}\n`.replaceAll('FILE', file))
  })

test('the switch takes true and false only', async () => {
  const { status, stderr } = await cli(words('iptables --dry-run=yes'))
  assert.match(stderr, '--dry-run: "yes" is not one of true, false')
  assert.is(status, 1)
})

test('names that passwd lacks are asked of NSS, once', async () => {
  const asked: string[][] = []
  const { status, stdout } = await cli(words('iptables --apisix-user ldap-user --dry-run'), {
    getent: (...question) => {
      asked.push(question)
      return 'ldap-user:*:70001:70002::/:/bin/sh\n'
    },
  })
  assert.match(stdout, '--uid-owner 70001 ')
  assert.match(stdout, '--gid-owner 70002 ')
  assert.equal(asked, [['passwd', 'ldap-user']])
  assert.is(status, 0)
})

test.run()
