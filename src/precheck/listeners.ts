import { endianness } from 'node:os'
import ipaddr from 'ipaddr.js'
import type { Interception } from '../interception/interception'
import { FAMILY_NAMES, type Family, familiesOf } from '../ruleset/families'
import { allOf } from '../system/text'
import type { Check } from './check'

/** A port of the proxy, and which traffic is redirected to it. */
interface Target {
  port: number
  inbound: boolean
  outbound: boolean
}

const ANY = { ipv4: '0.0.0.0', ipv6: '::' } as const
const LOCALHOST = { ipv4: '127.0.0.1', ipv6: '::1' } as const
const LOOPBACK = { ipv4: /^127\./, ipv6: /^::1$/ } as const

/** Whether the proxy can be reached where traffic is redirected to, as far as it listens. */
export function checkListeners(interception: Interception, listeners: Listener[]): Check[] {
  const targets = targetsOf(interception)
  if (targets.length === 0)
    return [{ state: 'ok', name: 'listeners', text: 'nothing is redirected, so that no port is needed' }]
  const families = familiesOf(interception)
  return targets.flatMap((target) => {
    const here = listeners.filter(({ port }) => port === target.port)
    if (here.length === 0)
      return [
        {
          state: 'warning',
          name: 'listeners',
          text: `nothing listens on port ${target.port}. Redirected connections are refused until the proxy does`,
          remedy: 'Start the proxy before the application accepts connections',
        },
      ]
    const troubles = families.flatMap((family) => troubleOf(target, here, family) ?? [])
    if (troubles.length > 0) return troubles
    return [{ state: 'ok', name: 'listeners', text: `port ${target.port} listens on ${allOf(unique(here))}` }]
  })
}

/** Outbound traffic goes to the proxy's port, inbound to its own when it has one. */
function targetsOf({ proxyPort, inboundCapturePort, inbound, outbound }: Interception): Target[] {
  const inboundPort = inboundCapturePort ?? proxyPort
  return [...new Set([proxyPort, inboundPort])]
    .map((port) => ({
      port,
      inbound: inbound !== null && port === inboundPort,
      outbound: outbound !== null && port === proxyPort,
    }))
    .filter((target) => target.inbound || target.outbound)
}

/** REDIRECT goes to the address of the receiving interface (facts 25), and from OUTPUT to that of the host itself. */
function troubleOf({ port, inbound, outbound }: Target, here: Listener[], family: Family): Check | undefined {
  const addresses = here.filter((each) => each.family === family).map(({ address }) => address)
  const only = `port ${port} listens on ${allOf(unique(here))} only`
  const fault = (why: string, remedy: string): Check => ({
    state: 'fault',
    name: 'listeners',
    text: `${only}, but ${why}`,
    remedy: `Let the proxy listen on ${remedy}`,
  })
  if (addresses.includes(ANY[family])) return undefined
  const isReached = !inbound || addresses.some((address) => !LOOPBACK[family].test(address))
  const isLocal = !outbound || addresses.includes(LOCALHOST[family])
  if (isReached && isLocal && addresses.length > 0) return undefined
  if (here.some(({ address }) => address === ANY.ipv6))
    return {
      state: 'warning',
      name: 'listeners',
      text: `${only}, which serves IPv4 too unless IPV6_V6ONLY is set`,
      remedy: `Let the proxy listen on ${ANY.ipv4} too (nginx sets ipv6only=on by default)`,
    }
  if (addresses.length === 0) return fault(`${FAMILY_NAMES[family]} is redirected`, `${ANY[family]} too`)
  if (!isReached)
    return fault('inbound connections are redirected to the address of the interface they arrive on', ANY[family])
  return fault(`outbound connections are redirected to ${LOCALHOST[family]}`, `${LOCALHOST[family]} too`)
}

const unique = (here: Listener[]) => [...new Set(here.map(({ address }) => address))]

/** A TCP socket that listens. */
export interface Listener {
  family: Family
  /** As in `0.0.0.0`, `127.0.0.1` and `::`. */
  address: string
  port: number
  /** Its number, by which a process that holds it open is found. */
  inode: number
}

const LISTENS = /^\s*\d+: ([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} 0A \S+ \S+ \S+ +\d+ +\d+ (\d+)/gm

/**
 * The sockets that listen, in the text of `/proc/net/tcp` and `/proc/net/tcp6`.
 *
 * An address stands there in words of 32 bits, each in the byte order of the machine. An IPv4 address that IPv6 maps
 * (`::ffff:10.0.0.1`) is one of IPv4.
 */
export function listenersIn(text: string, isLittleEndian = endianness() === 'LE'): Listener[] {
  return [...text.matchAll(LISTENS)].map(([, address = '', port = '', inode]) => {
    const words = address.match(/.{8}/g) ?? []
    const bytes = words.flatMap((word) => {
      const each = [...Buffer.from(word, 'hex')]
      return isLittleEndian ? each.reverse() : each
    })
    const parsed = ipaddr.process(ipaddr.fromByteArray(bytes).toString())
    return { family: parsed.kind(), address: parsed.toString(), port: Number.parseInt(port, 16), inode: Number(inode) }
  })
}
