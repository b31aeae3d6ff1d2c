import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, FIXTURES, words } from '../support'
import { workshop } from '../workshop'

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
  const { status, stderr } = await cli(words(`iptables ${ACCEPTED}`), { env: { [PORT]: '10.0.0.1:80' } })
  assert.match(stderr, `${PORT}: "10.0.0.1:80" is not a port`)
  assert.is(status, 1)
})

for (const [command, format] of [
  ['cleanup-iptables --from -', 'systemd'],
  ['iptables --from - --apisix-user 501:20', 'mermaid'],
  ['explain --from -', 'script'],
] as const)
  test(`${command}: a format of other commands is ignored, with a note`, async () => {
    const stdin = '*nat\nCOMMIT\n'
    const { status, stdout, stderr } = await cli(words(command), { env: { [FORMAT]: format }, stdin })
    assert.is(stdout, (await cli(words(command), { stdin })).stdout)
    assert.match(stderr, `note: ${FORMAT}: "${format}" is for other commands, and is ignored.\n`)
    assert.is(status, 0)
    const unknown = await cli(words(command), { env: { [FORMAT]: 'nosuch' }, stdin })
    assert.match(unknown.stderr, `${FORMAT}: "nosuch" is not a known value`)
    assert.is(unknown.status, 1)
  })

/** What Kubernetes sets in each container for Services named `apisix-mesh-agent` and `apisix-mesh-agent-apisix`. */
const SERVICE_LINKS = {
  APISIX_MESH_AGENT_SERVICE_HOST: '10.0.0.1',
  APISIX_MESH_AGENT_SERVICE_PORT: '80',
  APISIX_MESH_AGENT_SERVICE_PORT_HTTP: '80',
  APISIX_MESH_AGENT_PORT: 'tcp://10.0.0.1:80',
  APISIX_MESH_AGENT_PORT_80_TCP: 'tcp://10.0.0.1:80',
  APISIX_MESH_AGENT_PORT_80_TCP_PROTO: 'tcp',
  APISIX_MESH_AGENT_PORT_80_TCP_PORT: '80',
  APISIX_MESH_AGENT_PORT_80_TCP_ADDR: '10.0.0.1',
  APISIX_MESH_AGENT_APISIX_PORT: 'tcp://10.0.0.1:80',
  APISIX_MESH_AGENT_INBOUND_PORT: 'udp://10.0.0.1:80',
  APISIX_MESH_AGENT_INBOUND_PORT_80_TCP_PORT: '80',
}

test('variables that Kubernetes makes of Services are ignored silently', async () => {
  const { status, stdout, stderr } = await cli(words(`iptables --inbound-ports 80 ${ACCEPTED} --strict`), {
    env: SERVICE_LINKS,
  })
  assert.is(stderr, '')
  assert.is(stdout, (await cli(words(`iptables --inbound-ports 80 ${ACCEPTED}`))).stdout)
  assert.is(status, 0)
})

/** Words that are no value of an option: of every kind, whether the command has a use for it or not. */
const TYPOS: [command: string, says: string][] = [
  ['cleanup-iptables --ip-family ipv-6', '--ip-family: "ipv-6" is not a known value. Use ipv4, ipv6 or dual'],
  ['cleanup-iptables --ip-family ipv6 --ip-family ipv4', '--ip-family: "ipv6 ipv4" contradict each other'],
  ['cleanup-iptables --strict=maybe', '--strict: "maybe" is not a known value. Use true or false'],
  ['explain --strict=maybe', '--strict: "maybe" is not a known value. Use true or false'],
  ['explain --from - --wait never', '--wait: "never" is not a duration'],
  ['explain --from - --backend nftables', '--backend: "nftables" is not a known value. Use auto, nft or legacy'],
  ['check --golden - --backend nftables', '--backend: "nftables" is not a known value. Use auto, nft or legacy'],
  ['check --from /a --from /b', '--from: "/a /b" contradict each other'],
  ['precheck --root /a --root /b', '--root: "/a /b" contradict each other'],
  ['confirm --pid 1 --pid 2', '--pid: "1 2" contradict each other'],
  ['iptables --dry-run --image a --image b', '--image: "a b" contradict each other'],
  ['iptables --no-ssh-exempt --no-ssh-exempt=false', '--no-ssh-exempt is switched on and off'],
  ['iptables --no-no-ssh-exempt --no-ssh-exempt', '--no-ssh-exempt is switched on and off'],
  ['iptables --compact=true --no-compact', '--compact is switched on and off'],
]

for (const [command, says] of TYPOS)
  test(`refused, and nothing started: ${command}`, async () => {
    const { status, stdout, stderr } = await cli(words(command))
    assert.match(stderr, says)
    assert.is(stdout, '')
    assert.is(status, command.startsWith('check') ? 2 : 1)
  })

test('one variable can hold the excluded ports of several users', async () => {
  const env = { APISIX_MESH_AGENT_OUTBOUND_EXCLUDE_PORTS_FOR_USERS: '1000:80,443; 1001:8080' }
  const line = `iptables --outbound-ports 80 ${ACCEPTED}`
  const repeated = '--outbound-exclude-ports-for-users 1000:80,443 --outbound-exclude-ports-for-users 1001:8080'
  assert.is((await cli(words(line), { env })).stdout, (await cli(words(`${line} ${repeated}`))).stdout)
})

const SHAPES = ['script', 'init-container --image a', 'systemd --install-path /a']
for (const shape of SHAPES)
  test(`--format ${shape} holds how tables are reached, and refuses what is about this machine`, async () => {
    const line = `iptables --apisix-user 501:20 --inbound-ports 80 --format ${shape}`
    const { stdout } = await cli(words(`${line} --backend legacy --wait 60s --timeout 5m`))
    if (shape.startsWith('systemd')) assert.match(stdout, '--backend legacy --wait 60s --timeout 5m --format script')
    else assert.match(stdout, '  tools=iptables-legacy wait=60 timeout=300\n')
    for (const [flag, value] of [
      ['--netns', '/run/netns/a'],
      ['--pid', '1'],
      ['--iptables-restore', '/usr/sbin/iptables-restore'],
    ] as const) {
      const { status, stderr } = await cli(words(`${line} ${flag} ${value}`))
      assert.match(stderr, `${flag}: "${value}" does not apply to --format`)
      assert.is(status, 1)
      const variable = `APISIX_MESH_AGENT_${flag.slice(2).toUpperCase().replace('-', '_')}`
      const noted = await cli(words(line), { env: { [variable]: value } })
      assert.match(noted.stderr, `note: ${variable} is ignored`)
      assert.is(noted.stdout, (await cli(words(line))).stdout)
    }
    for (const sink of ['--dry-run', `--output ${join(workshop('baked'), 'file')}`])
      assert.is((await cli(words(`${line} ${sink} --backend nft`))).status, 0)
  })

for (const shape of SHAPES)
  test(`--format ${shape} holds whether a node is meant`, async () => {
    const line = `iptables --apisix-user 501:20 --inbound-ports 80 --format ${shape}`
    for (const [flag, holds] of [
      ['', false],
      ['--allow-node', true],
      ['--no-allow-node', false],
    ] as const) {
      const { stdout } = await cli(words(`${line} ${flag}`))
      if (flag) assert.match(stdout, `--inbound-ports 80 --allow-node=${holds} --format`)
      else assert.not.match(stdout, '--allow-node=')
      if (!shape.startsWith('systemd')) assert.match(stdout, new RegExp(`^ *allow_node=${holds ? 1 : 0}$`, 'm'))
    }
  })

test('a script that cleans up does not hold what cleanup-iptables does not take', async () => {
  const line = 'cleanup-iptables --apisix-user 501:20 --inbound-ports 80 --format script'
  const env = { APISIX_MESH_AGENT_ALLOW_NODE: 'true' }
  assert.is((await cli(words(line), { env })).stdout, (await cli(words(line))).stdout)
})

const NEAR = 'APISIX_MESH_AGENT_INBOUND_PORT'

test('a variable that is almost one of an option is warned of, once; those that Kubernetes makes are not', async () => {
  const env = { [NEAR]: '80', APISIX_MESH_AGENT_PORT_80_TCP: 'x', APISIX_MESH_AGENT_UID: '1', APISIX_MESH_AGENT_X: '' }
  const { status, stderr } = await cli(words(`iptables --inbound-ports 80 ${ACCEPTED}`), { env })
  assert.is(
    stderr,
    `apisix-mesh-agent: warning: ${NEAR} is not the variable of an option, and is ignored (did you mean "INBOUND_PORTS"?). [unknown-variable]\n`,
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
    assert.is(stderr, `apisix-mesh-agent: wrote FILE. To load it, once: ${hint}\n`.replaceAll('FILE', file))
  })

test('the switch takes true and false only', async () => {
  const { status, stderr } = await cli(words('iptables --dry-run=yes'))
  assert.match(stderr, '--dry-run: "yes" is not a known value. Use true or false')
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
