import ipaddr from 'ipaddr.js'
import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from '../options/input'
import { FAMILY_NAMES, type Families } from './families'
import type { Network } from './interception'
import { type ReadText, readItems } from './lists'

type Cidr = { cidr: string; family: 'ipv4' | 'ipv6' }

/** A part of an IPv4 address with a leading zero, which some take for octal. */
const OCTAL = /\b0\d+\.|\.0\d/

/** A network as the kernel prints it, as in `10.0.0.0/8` and `fd00::/8`; undefined when the text is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length, ...more] = text.split('/')
  const family = ipaddr.IPv4.isValidFourPartDecimal(address) ? 'ipv4' : 'ipv6'
  const bits = family === 'ipv4' ? 32 : 128
  if (more.length > 0 || (length !== undefined && !/^(0|[1-9]\d{0,2})$/.test(length))) return undefined
  if (Number(length ?? bits) > bits || (family === 'ipv6' && !/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(address)))
    return undefined
  if (family === 'ipv6' && (OCTAL.test(address) || !ipaddr.IPv6.isValid(address))) return undefined
  return { cidr: network(address, Number(length ?? bits)), family }
}

function network(address: string, bits: number): string {
  if (!address.includes(':')) return `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${bits}`)}/${bits}`
  return `${printed(ipaddr.IPv6.networkAddressFromCIDR(`${spelledOut(address)}/${bits}`))}/${bits}`
}

/** An address as data; one of IPv4 that IPv6 maps, as in `::ffff:10.0.0.1`, is one of IPv4. Throws when the text is none. */
export const parseAddress = (text: string) => ipaddr.process(spelledOut(text))

/** `::1.2.3.4` is no short form of `::ffff:1.2.3.4`, as which ipaddr.js takes it. */
const spelledOut = (address: string) => address.replace(/^::(?=\d+\.)/, '0::')

/** As inet_ntop(3) prints it: what holds an IPv4 address ends in one. */
function printed(address: ipaddr.IPv6): string {
  const { parts } = address
  const isMapped = parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff
  const isCompatible = parts.slice(0, 6).every((part) => part === 0) && parts[6] !== 0
  if (!isMapped && !isCompatible) return address.toRFC5952String()
  const bytes = address.toByteArray().slice(12).join('.')
  return isMapped ? `::ffff:${bytes}` : `::${bytes}`
}

/**
 * The networks of a list option, in the order given and each once; an address alone is a network of one.
 *
 * @param ofAll what it means to name all addresses, and the remedy
 */
export function readCidrs(
  given: OptionInput,
  ofAll: [problem: string, remedy: string],
  { families, readText }: { families: Families; readText: ReadText },
  diagnostics: Diagnostics,
): Network[] {
  const networks = new Map<string, Network>()
  for (const item of readItems(given, readText, diagnostics)) {
    const parsed = parseCidr(item)
    const lines = parsed && families[parsed.family]
    if (!parsed)
      diagnostics.error(
        given.name,
        item,
        'is not a network',
        'Use an address or a network, as in 192.0.2.7, 10.0.0.0/8 or fd00::/8',
      )
    else if (parsed.cidr.endsWith('/0')) diagnostics.error(given.name, item, ...ofAll)
    else if (!lines)
      diagnostics.warn(
        'no-effect',
        `${given.name}: ${item} has no effect, because --ip-family leaves ${FAMILY_NAMES[parsed.family]} out`,
      )
    else if (networks.has(parsed.cidr)) diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    else networks.set(parsed.cidr, { cidr: parsed.cidr, only: lines.only })
    if (parsed && item.includes('/') && hasHostBits(item, parsed.cidr))
      diagnostics.warn('host-bits', `${given.name}: ${item} has host bits, which do not count. It means ${parsed.cidr}`)
  }
  return [...networks.values()]
}

function hasHostBits(item: string, cidr: string): boolean {
  const [given, meant] = [item, cidr].map((text) =>
    parseAddress(text.split('/')[0] as string)
      .toByteArray()
      .join(),
  )
  return given !== meant
}

/** The network itself and every larger one that holds it. */
export function networksAround(cidr: string): Set<string> {
  const [address, length] = cidr.split('/') as [string, string]
  return new Set(Array.from({ length: Number(length) }, (_, at) => network(address, at + 1)))
}

/** Whether an address is in one of some networks. */
export function isWithin(address: string, networks: Set<string>): boolean {
  return [...networksAround(`${address}/${address.includes(':') ? 128 : 32}`)].some((network) => networks.has(network))
}
