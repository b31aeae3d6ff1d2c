import { interfacesIn } from '../system/interfaces'
import type { Namespace } from './namespace'

/** How the tools that make them name bridges for containers and virtual machines. */
const BRIDGE = /^(?:docker|br-|cni|cbr|virbr|podman|lxcbr|lxdbr|incusbr|nerdctl|k6t-)/

/**
 * The bridges for which a machine forwards IPv4, by their names in `/proc/net/dev`; none where it does not forward
 * (`Forwarding` in `/proc/net/snmp`, RFC 4293: 1 for yes, 2 for no).
 */
export async function forwardingBridges({ procNet }: Namespace): Promise<string[]> {
  if (!/^Ip: 1 /m.test(await procNet('snmp'))) return []
  return interfacesIn(await procNet('dev')).filter((name) => BRIDGE.test(name))
}
