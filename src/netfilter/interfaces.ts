import type { Namespace } from './namespace'

/** The interfaces of a network namespace, out of the text of its `/proc/net/dev`. */
export const interfacesIn = (text: string): string[] =>
  [...text.matchAll(/^ *([^\s:]+):/gm)].map(([, name = '']) => name)

/** Whether an interface is meant by a name, as in `eth0`, or by the start of one, as in `eth+`. */
export const isInterface = (name: string, meant: string): boolean =>
  meant.endsWith('+') ? name.startsWith(meant.slice(0, -1)) : name === meant

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
