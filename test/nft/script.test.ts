import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { interception } from '../../src/index'
import { renderNft, renderNftScript } from '../../src/render/nft'
import { SCRIPT_DEFAULTS } from '../../src/render/script-defaults'
import { withoutScript } from '../formats/without-script'
import { testWith } from '../needing'
import { testPlain } from '../script/plain'
import { SHELLS } from '../script/shells'
import { cli, golden, words } from '../support'
import { type Machine, runOn } from './machine'

const OPTIONS = 'iptables --apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80 --native-nftables'
const printed = async (options: string) => (await cli(words(`${OPTIONS} ${options}`))).stdout

test('golden', async () => {
  golden('script/apply-nft.sh', await printed('--format script'))
  golden(
    'init-container/nft.yaml',
    withoutScript(await printed('--format init-container --image registry.example/nft:1')),
  )
})

const model = interception({ apisixUser: { uid: 501, gid: 20 }, inboundPorts: [80], comments: true }).interception
const everything = interception({
  apisixUser: { uid: 0, gid: 4294967294 },
  apisixInboundCapturePort: 9081,
  inboundPorts: '*',
  outboundPorts: '*',
  outboundExcludeCidrs: ['10.0.0.0/8', 'fd00::/8'],
  excludeInterfaces: ['docker+'],
  ipFamily: 'dual',
}).interception
const made = { version: '1.2.3', command: ['iptables'] }
const script = renderNftScript(model, made, SCRIPT_DEFAULTS)
const inPod = renderNftScript(model, { ...made, inPod: true }, SCRIPT_DEFAULTS)
const allowed = renderNftScript(model, { ...made, inPod: true }, { allowNode: true })
const hostile = renderNftScript(
  everything,
  { ...made, command: ['a\nrm', '$$', '$(HOME)', "'$$$(A)'"] },
  SCRIPT_DEFAULTS,
)

/** The table that `--format nft` prints, with spaces for tabs. */
const tableOf = (meant: typeof model) =>
  renderNft(meant, [])
    .replace(/^#.*\n/gm, '')
    .replaceAll('\t', '  ')

for (const [what, text, meant] of [
  ['the script', script, model],
  ['in a pod', inPod, model],
  ['on a node that is meant', allowed, model],
  ['made by a hostile command, with everything', hostile, everything],
] as const) {
  testPlain(what, text)

  for (const [name, [shell, ...args]] of Object.entries(SHELLS))
    testWith(shell, `${what}: ${name} reads it, and prints what --format nft prints`, () => {
      const { status, stdout, stderr } = spawnSync(shell, [...args, '-c', text, 'sh', '--dry-run'], {
        encoding: 'utf8',
      })
      assert.equal([status, stderr], [0, ''])
      assert.is(stdout, tableOf(meant))
    })
}

test('the command in the header makes the same script again', async () => {
  const text = await printed('--format script --allow-node')
  const [, command = ''] = /^# {3}apisix-mesh-agent (.*)$/m.exec(text) ?? []
  assert.match(command, / --allow-node=true --native-nftables=true --format script$/)
  assert.is((await cli(words(command))).stdout, text)
})

test('the container asks for no lock, and grants what the one for iptables grants', async () => {
  const asked = words('iptables --apisix-user 501:20 --format init-container --image a')
  const { initContainers, volumes } = parse((await cli([...asked, '--native-nftables'])).stdout)
  const { initContainers: others } = parse((await cli(asked)).stdout)
  assert.is(volumes, undefined)
  assert.is(initContainers[0].volumeMounts, undefined)
  assert.equal(initContainers[0].securityContext, others[0].securityContext)
})

const TABLE = 'table inet apisix_mesh_agent {\n\tchain OUTPUT {\n\t}\n}\n'
const LIKE = 'table inet apisix_mesh_agent_2 {\n}\ntable ip apisix_mesh_agent {\n}\n'
const REMOVAL = 'add table inet apisix_mesh_agent\ndelete table inet apisix_mesh_agent\n'
const failing = (words: string, status = 1) => `echo "${words}" >&2; exit ${status}`
const SAYS = 'apisix-mesh-agent: '

interface Case {
  what: string
  at?: Machine
  args?: string[]
  env?: NodeJS.ProcessEnv
  status: 0 | 1
  /** How it begins: the first line, and below it what nft said. */
  says: string
  loaded?: string
}

const CASES: Case[] = [
  {
    what: 'applies',
    at: { chains: LIKE },
    status: 0,
    says: 'applied: table inet apisix_mesh_agent. Established connections may be reset, unless other rules tracked them before.\n',
    loaded: tableOf(model),
  },
  {
    what: 'applies again',
    at: { chains: LIKE + TABLE },
    args: ['--apply'],
    status: 0,
    says: 'applied: table inet apisix_mesh_agent, in place of the earlier one. Established connections are not affected.\n',
    loaded: tableOf(model),
  },
  {
    what: 'removes',
    at: { chains: TABLE },
    args: ['--clean'],
    status: 0,
    says: 'removed: table inet apisix_mesh_agent. Established connections may be reset, unless other rules track them.\n',
    loaded: REMOVAL,
  },
  {
    what: 'nothing to remove',
    at: { chains: LIKE },
    args: ['--clean'],
    status: 0,
    says: 'there is no table inet apisix_mesh_agent. Nothing was changed.\n',
  },
  {
    what: 'no nft',
    at: { isBare: true },
    status: 1,
    says: 'error: nft is not on PATH, in /usr/sbin or in /sbin. Install the package nftables.\n',
  },
  {
    what: 'not root',
    at: { list: failing('Operation not permitted (you must be root)') },
    status: 1,
    says: 'error: nft needs root with CAP_NET_ADMIN. Run it as root with it, as docker run --cap-add=NET_ADMIN does. If it has it, it may be root of a user namespace that does not own this network namespace (in Kubernetes hostUsers: false). Nothing was changed.\nOperation not permitted (you must be root)\n',
  },
  {
    what: 'not root, cleaning up',
    at: { list: failing('Operation not permitted (you must be root)') },
    args: ['--clean'],
    status: 1,
    says: 'error: nft needs root with CAP_NET_ADMIN. ',
  },
  ...[
    'netlink: Error: cache initialization failed: Protocol not supported',
    'netlink: Error: cache initialization failed: Invalid argument',
  ].map(
    (words): Case => ({
      what: words,
      at: { list: failing(words) },
      status: 1,
      says: `error: this kernel has no nf_tables. Load nf_tables, or make this without --native-nftables, for iptables-legacy. Nothing was changed.\n${words}\n`,
    }),
  ),
  ...[
    '/dev/stdin:22:5-9: Error: Could not process rule: No such file or directory',
    '/dev/stdin:22:5-9: Error: Could not process rule: Operation not supported',
  ].map(
    (words): Case => ({
      what: words,
      at: { load: failing(words) },
      status: 1,
      says: `error: the kernel does not support what a rule needs. Use Linux 5.2 or later, and load nft_chain_nat and nft_redir (for --inbound-local-only nft_fib_inet). Nothing was changed.\n${words}\n`,
    }),
  ),
  {
    what: 'an old nft',
    at: { load: failing('/dev/stdin:9:1-2: Error: syntax error, unexpected string') },
    status: 1,
    says: 'error: nft does not know the syntax of the rules. Use nft 0.9.1 or later. Nothing was changed.\n',
  },
  {
    what: 'another failure',
    at: { load: failing('what is this', 3) },
    status: 1,
    says: 'error: nft failed with status 3. Nothing was changed.\nwhat is this\n',
  },
  {
    what: 'nft is ended',
    at: { load: 'kill -9 $$' },
    status: 1,
    says: 'error: nft was ended by a signal. The rules are the complete old or the complete new set.\n',
  },
  {
    what: 'nft does not read',
    at: { load: 'exit 0' },
    status: 0,
    says: 'applied: ',
  },
  {
    what: 'an unexpected argument',
    args: ['--check'],
    status: 1,
    says: "error: unexpected argument '--check'. Use --apply, --clean, --dry-run or --help.\n",
  },
  {
    what: 'two arguments',
    args: ['--apply', 'x'],
    status: 1,
    says: "error: unexpected argument 'x'. Use --apply, --clean, --dry-run or --help.\n",
  },
  {
    what: 'a wrong variable',
    env: { ALLOW_NODE: 'yes' },
    status: 1,
    says: "error: ALLOW_NODE: 'yes' is not a known value. Use 1 or 0.\n",
  },
]

const WHOSE = (sign: string) =>
  `this is the network namespace of a Kubernetes node, because it has ${sign}. The rules would redirect the traffic of the node. `
const REFUSED =
  'Remove hostNetwork: true from the pod. If the node is meant, set ALLOW_NODE=1, or print the container with --allow-node. Nothing was changed.\n'
const WARNED = 'If the node is meant, set ALLOW_NODE=1. [on-a-node]\n'

const withChain = (name: string, table = 'ip nat'): Machine => ({
  chains: `table ${table} {\n\tchain A {\n\t}\n\tchain ${name} {\n\t}\n}\n`,
})

/** What there is, and by what it shows a node. */
const SIGNS: [what: string, at: Machine, sign: string | undefined][] = [
  ...['KUBE-SERVICES', 'cali-PREROUTING', 'CILIUM_PRE_nat', 'FLANNEL-POSTRTG', 'ANTREA-PREROUTING'].map(
    (name): [string, Machine, string] => [name, withChain(name), `the chain ${name}`],
  ),
  ['a chain of another table', withChain('KUBE-KUBELET-CANARY', 'ip6 mangle'), 'the chain KUBE-KUBELET-CANARY'],
  ['kube-proxy with nftables', withChain('services', 'ip6 kube-proxy'), 'the table kube-proxy'],
  ['an interface', { interfaces: ['lo', 'cali1234'] }, 'the interface cali1234'],
  ['a pod', { interfaces: ['    lo', '  eth0'] }, undefined],
  ['a machine with Docker', { ...withChain('DOCKER'), interfaces: ['docker0', 'br-1a2b', 'cni0'] }, undefined],
  ['names that only contain one', { ...withChain('MY-KUBE-SERVICES', 'ip my-kube-proxy') }, undefined],
]

for (const [name, shell] of Object.entries(SHELLS)) {
  for (const { what, at = {}, args, env = {}, status, says, loaded } of CASES)
    testWith(shell[0], `${what} (${name})`, async () => {
      const said = await runOn(at, shell, script, args, { env })
      const stderr = said.stderr.replace(/^Killed\n/, '')
      assert.is(stderr.slice(0, SAYS.length + says.length), SAYS + says)
      assert.equal([said.status, said.stdout], [status, ''])
      if (loaded !== undefined || status === 1) assert.is(said.loaded, loaded ?? '')
    })

  for (const [what, at, sign] of SIGNS)
    testWith(shell[0], `on ${what} (${name})`, async () => {
      const refused = await runOn(at, shell, inPod)
      assert.is(refused.status, sign ? 1 : 0)
      assert.is(refused.loaded, sign ? '' : tableOf(model))
      if (sign) assert.is(refused.stderr, `${SAYS}error: ${WHOSE(sign)}${REFUSED}`)
      const warned = await runOn(at, shell, script)
      assert.is(warned.stderr.startsWith(`${SAYS}warning: ${sign && WHOSE(sign)}${WARNED}`), sign !== undefined)
      assert.equal([warned.status, warned.loaded], [0, tableOf(model)])
    })

  testWith(shell[0], `on a node that is meant, or to clean up (${name})`, async () => {
    const node = { ...withChain('KUBE-SERVICES'), interfaces: ['cali1'] }
    for (const [text, env] of [
      [inPod, { ALLOW_NODE: '1' }],
      [script, { ALLOW_NODE: '1' }],
      [allowed, {}],
    ] as const) {
      const { status, stderr, loaded } = await runOn(node, shell, text, [], { env })
      assert.match(stderr, /^apisix-mesh-agent: applied: .*\n$/)
      assert.equal([status, loaded], [0, tableOf(model)])
    }
    assert.is((await runOn(node, shell, allowed, [], { env: { ALLOW_NODE: '0' } })).status, 1)
    assert.is((await runOn({ ...node, chains: node.chains + TABLE }, shell, inPod, ['--clean'])).loaded, REMOVAL)
  })

  testWith(shell[0], `a signal waits for what is being loaded (${name})`, async () => {
    const slow = { load: 'sleep 0.2; cat >"$HERE/loaded"' }
    const said = await runOn(slow, shell, script, [], { signal: 'SIGTERM' })
    assert.is(said.stderr, `${SAYS}stopped by SIGTERM. The rules are the complete old or the complete new set.\n`)
    assert.equal([said.status, said.loaded], [143, tableOf(model)])
  })
}

test.run()
