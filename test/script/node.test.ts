import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderScript } from '../../src/render/script'
import { SCRIPT_DEFAULTS } from '../../src/render/script-defaults'
import { testWith } from '../needing'
import { EMPTY, IN_FORCE, IPV4, script, wanted } from './example'
import { type Machine, machine } from './machine'
import { SHELLS } from './shells'

const made = { version: '1.2.3', command: ['iptables'] }
const inPod = renderScript(wanted, IPV4, { ...made, inPod: true }, 'apply')
const allowed = renderScript(wanted, IPV4, { ...made, inPod: true }, 'apply', { ...SCRIPT_DEFAULTS, allowNode: true })

const withChain = (chain: string, table = EMPTY) => ({
  table: table.replace('COMMIT', `:${chain} - [0:0]\nCOMMIT`),
  after: IN_FORCE,
})
const BARE = { table: EMPTY, after: IN_FORCE }
const NFT: Machine = { iptables: 'nft', nft: BARE, loaded: true }
const onNode = { ...NFT, nft: withChain('KUBE-SERVICES') }

/** What there is, and by what it shows a node. */
const SIGNS: [what: string, machine: Machine, sign: string | undefined][] = [
  ...['KUBE-SERVICES', 'KUBE-KUBELET-CANARY', 'cali-PREROUTING', 'CILIUM_PRE_nat', 'FLANNEL-POSTRTG'].map(
    (chain): [string, Machine, string] => [chain, { ...NFT, nft: withChain(chain) }, `the chain ${chain}`],
  ),
  [
    'a chain in the other backend',
    { ...NFT, legacy: withChain('KUBE-SERVICES'), registered: true },
    'the chain KUBE-SERVICES',
  ],
  ...['cali1234', 'cilium_host', 'flannel.1', 'kube-ipvs0', 'antrea-gw0'].map((name): [string, Machine, string] => [
    name,
    { ...NFT, interfaces: ['lo', 'eth0', name] },
    `the interface ${name}`,
  ]),
  ['a pod', { ...NFT, interfaces: ['    lo', '  eth0'] }, undefined],
  [
    'a machine with Docker',
    { ...NFT, nft: withChain('DOCKER'), interfaces: ['docker0', 'br-1a2b', 'veth1'] },
    undefined,
  ],
  ['bridges of CNI alone', { ...NFT, interfaces: ['cni0', 'cbr0'] }, undefined],
  ['a chain that is only quoted', { ...NFT, nft: withChain('MY-KUBE-SERVICES') }, undefined],
]

const WHOSE = (sign: string) =>
  `this is the network namespace of a Kubernetes node, because it has ${sign}. The rules would redirect the traffic of the node. `
const REFUSED =
  'Remove hostNetwork: true from the pod. If the node is meant, set ALLOW_NODE=1, or print the container with --allow-node. Nothing was changed.\n'
const WARNED = 'If the node is meant, set ALLOW_NODE=1. [on-a-node]\n'
const isWritten = (started: string[]) => started.includes('nft restore')

for (const [name, shell] of Object.entries(SHELLS)) {
  const onShell = (what: string, body: () => void) => testWith(shell[0], `${what} (${name})`, body)

  for (const [what, at, sign] of SIGNS)
    onShell(what, () => {
      const refused = machine(at).run(shell, inPod)
      assert.is(refused.status, sign ? 1 : 0)
      assert.is(isWritten(refused.started), !sign)
      if (sign) assert.is(refused.stderr, `apisix-mesh-agent: error: ${WHOSE(sign)}${REFUSED}`)
      const warned = machine(at).run(shell, script)
      assert.is(
        warned.stderr.includes(`apisix-mesh-agent: warning: ${sign && WHOSE(sign)}${WARNED}`),
        sign !== undefined,
      )
      assert.is(warned.stderr.includes('on-a-node'), sign !== undefined)
      assert.ok(isWritten(warned.started))
      assert.is(warned.status, 0)
    })

  onShell('a node that is meant: by the environment, or by an option of the script', () => {
    for (const [text, env] of [
      [inPod, { ALLOW_NODE: '1' }],
      [script, { ALLOW_NODE: '1' }],
      [allowed, {}],
    ] as const) {
      const { status, stderr, started } = machine(onNode).run(shell, text, [], env)
      assert.match(stderr, /^apisix-mesh-agent: applied: .*\n$/)
      assert.ok(isWritten(started))
      assert.is(status, 0)
    }
    assert.is(machine(onNode).run(shell, allowed, [], { ALLOW_NODE: '0' }).status, 1)
    const said = machine(NFT).run(shell, script, [], { ALLOW_NODE: 'yes' })
    assert.is(said.stderr, "apisix-mesh-agent: error: ALLOW_NODE: 'yes' is not a known value. Use 1 or 0.\n")
    assert.is(said.status, 1)
  })

  onShell('rules that are active on a node: refused too, and a warning', () => {
    const active = { ...onNode, nft: withChain('KUBE-SERVICES', IN_FORCE) }
    assert.is(machine(active).run(shell, inPod).status, 1)
    assert.match(machine(active).run(shell, script).stderr, /\[on-a-node\]\napisix-mesh-agent: already active/)
  })

  onShell('on a node it can be looked, and cleaned up', () => {
    const active = { ...onNode, nft: { ...withChain('KUBE-SERVICES', IN_FORCE), after: EMPTY } }
    for (const text of [inPod, script]) {
      assert.is(machine(active).run(shell, text, ['--check']).stderr, 'apisix-mesh-agent: active.\n')
      assert.match(machine(active).run(shell, text, ['--clean']).stderr, /^apisix-mesh-agent: removed: .*\n$/)
    }
  })
}

test.run()
