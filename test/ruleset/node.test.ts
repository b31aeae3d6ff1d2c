import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { signOfNode } from '../../src/ruleset/node'

const dev = (...names: string[]) =>
  ['Inter-|   Receive', ' face |bytes', ...names.map((name) => `${name.padStart(6)}: 0 0`)].join('\n')

/** The chains of the tables, the interfaces, and what of them shows a node. */
const SIGNS: [chains: string[][], interfaces: string[], sign: string | undefined][] = [
  [[['PREROUTING', 'OUTPUT']], ['lo', 'eth0'], undefined],
  [[['OUTPUT', 'KUBE-SERVICES']], [], 'the chain KUBE-SERVICES'],
  [[['OUTPUT'], ['cali-PREROUTING']], [], 'the chain cali-PREROUTING'],
  [[['CILIUM_PRE_nat']], ['cilium_host'], 'the chain CILIUM_PRE_nat'],
  [[['FLANNEL-POSTRTG']], [], 'the chain FLANNEL-POSTRTG'],
  [[['ANTREA-POSTROUTING']], [], 'the chain ANTREA-POSTROUTING'],
  [[['MY-KUBE-SERVICES', 'kube-services', 'DOCKER', 'CNI-1234', 'ISTIO_REDIRECT']], [], undefined],
  [[], ['lo', 'eth0', 'cali12345678901'], 'the interface cali12345678901'],
  [[], ['cilium_net'], 'the interface cilium_net'],
  [[], ['flannel.1'], 'the interface flannel.1'],
  [[], ['kube-ipvs0'], 'the interface kube-ipvs0'],
  [[], ['antrea-gw0'], 'the interface antrea-gw0'],
  [[], ['lo', 'x', 'verylongname-1', 'kube-bridge'], 'the interface kube-bridge'],
  [[], ['docker0', 'cni0', 'cbr0', 'br-1a2b3c', 'virbr0', 'veth1', 'mykube-'], undefined],
]

for (const [chains, interfaces, sign] of SIGNS)
  test(`${chains.join('; ')}, ${interfaces}: ${sign ?? 'no node'}`, () => {
    const tables = chains.map((names) => new Map(names.map((name) => [name, []])))
    assert.is(signOfNode(tables, dev(...interfaces)), sign)
  })

test.run()
