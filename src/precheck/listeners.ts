import { FAMILY_NAMES, type Family, familiesOf } from '../interception/families'
import type { Interception } from '../interception/interception'
import { type Check, listed } from './check'
import type { Listener } from './sockets'

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
    return [{ state: 'ok', name: 'listeners', text: 'nothing is intercepted, so that no port is needed' }]
  const families = familiesOf(interception)
  return targets.flatMap((target) => {
    const here = listeners.filter(({ port }) => port === target.port)
    if (here.length === 0)
      return [
        {
          state: 'warning',
          name: 'listeners',
          text: `nothing listens on port ${target.port}: connections are refused until the proxy does`,
          remedy: 'start the proxy before the application takes connections',
        },
      ]
    const faults = families.flatMap((family) => faultOf(target, here, family) ?? [])
    return faults.length > 0 ? faults : [fine(target, here, families)]
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
function faultOf({ port, inbound, outbound }: Target, here: Listener[], family: Family): Check | undefined {
  const addresses = addressesFor(here, family)
  const only = `port ${port} listens on ${listed(unique(here))} only`
  const fault = (why: string, remedy: string): Check => ({
    state: 'fault',
    name: 'listeners',
    text: `${only}; ${why}`,
    remedy: `let the proxy listen on ${remedy}`,
  })
  if (addresses.length === 0) return fault(`${FAMILY_NAMES[family]} is intercepted`, `${ANY[family]} too`)
  if (addresses.includes(ANY[family]) || addresses.includes(ANY.ipv6)) return undefined
  const isReached = !inbound || addresses.some((address) => !LOOPBACK[family].test(address))
  const isLocal = !outbound || addresses.includes(LOCALHOST[family])
  if (!isReached) return fault('inbound connections go to the address of the interface they come by', ANY[family])
  if (!isLocal) return fault(`outbound connections go to ${LOCALHOST[family]}`, `${LOCALHOST[family]} too`)
  return undefined
}

/** The addresses that serve a family: `::` serves IPv4 too, unless IPV6_V6ONLY is set. */
function addressesFor(here: Listener[], family: Family): string[] {
  return here.filter((each) => each.family === family || each.address === ANY.ipv6).map(({ address }) => address)
}

function fine({ port }: Target, here: Listener[], families: Family[]): Check {
  const isUnsure = families.includes('ipv4') && here.every(({ family }) => family === 'ipv6')
  const remark = isUnsure ? ', which serves IPv4 too unless IPV6_V6ONLY is set, as cannot be seen from here' : ''
  return { state: 'ok', name: 'listeners', text: `port ${port} listens on ${listed(unique(here))}${remark}` }
}

const unique = (here: Listener[]) => [...new Set(here.map(({ address }) => address))]
