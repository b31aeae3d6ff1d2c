import type { BackendName } from '../netfilter/backend'
import { allOf } from '../system/text'
import type { Check } from './check'

const BITS = { CAP_NET_ADMIN: 12n, CAP_NET_RAW: 13n }
type Capability = keyof typeof BITS

/**
 * Whether the tools will have the capabilities that they need.
 *
 * Legacy opens a raw socket and needs both; nft 1.8.9 does with CAP_NET_ADMIN (measured).
 *
 * @param status the text of `/proc/self/status`
 * @param backends those that will be used
 */
export function checkCapabilities(status: string, backends: BackendName[]): Check[] {
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1]
  const [uid, effective, ambient = '0'] = [field('Uid'), field('CapEff'), field('CapAmb')]
  if (uid === undefined || effective === undefined)
    return [{ state: 'warning', name: 'capabilities', text: 'unknown: /proc/self/status does not show them' }]

  // What another user than root has goes on to the programs that it starts only when it is ambient: capabilities(7).
  const passed = BigInt(`0x${effective}`) & (uid === '0' ? -1n : BigInt(`0x${ambient}`))
  const lacks = (capability: Capability) => ((passed >> BITS[capability]) & 1n) === 0n
  const all = Object.keys(BITS) as Capability[]
  const missing = all.filter(lacks)
  if (missing.length === 0) return [{ state: 'ok', name: 'capabilities', text: `${allOf(all)}, uid ${uid}` }]
  const needed = backends.every((name) => name === 'nft') ? ['CAP_NET_ADMIN'] : all
  return [
    {
      state: missing.some((each) => needed.includes(each)) ? 'fault' : 'warning',
      name: 'capabilities',
      text: `uid ${uid} cannot give ${allOf(missing)} to the tools`,
      remedy:
        'Run it as root. In Kubernetes, set securityContext: runAsUser: 0, capabilities.add: [NET_ADMIN, NET_RAW]',
    },
  ]
}
