import { interfacesIn } from '../system/interfaces'
import type { Ruleset } from './ruleset'

/** How the names of nat chains start that kubelet, kube-proxy and CNI plugins make on a node, and in no pod. */
export const NODE_CHAINS = ['KUBE-', 'cali-', 'CILIUM_', 'FLANNEL-', 'ANTREA-'] as const

/** How the names of interfaces start that these make on a node: not those of bridges, which any container engine makes. */
export const NODE_INTERFACES = ['cali', 'cilium_', 'flannel', 'kube-', 'antrea-'] as const

/** The nft table that kube-proxy makes on a node when it uses nftables, in the families ip and ip6. */
export const NODE_TABLE = 'kube-proxy'

/** Whose traffic is at stake, and by what it shows. */
export const onANode = (sign: string) =>
  `this is the network namespace of a Kubernetes node, because it has ${sign}. The rules would redirect the traffic of the node`

/**
 * What shows that a network namespace is that of a Kubernetes node, as in `the chain KUBE-SERVICES`; undefined when nothing does.
 *
 * @param tables the nat tables, as far as they were read
 * @param interfaces the text of `/proc/net/dev`
 */
export function signOfNode(tables: Ruleset[], interfaces: string): string | undefined {
  const startsWith = (prefixes: readonly string[]) => (name: string) => prefixes.some((each) => name.startsWith(each))
  const chain = tables.flatMap((table) => [...table.keys()]).find(startsWith(NODE_CHAINS))
  if (chain !== undefined) return `the chain ${chain}`
  const name = interfacesIn(interfaces).find(startsWith(NODE_INTERFACES))
  return name === undefined ? undefined : `the interface ${name}`
}
