import ipaddr from 'ipaddr.js'
import type { Family } from './families'

/** A network as the kernel prints it, as in `10.0.0.0/8` and `fd00::/8`. */
export interface Cidr {
  cidr: string
  family: Family
}

/** A part of an IPv4 address with a leading zero, which some take for octal. */
const OCTAL = /\b0\d+\.|\.0\d/

/** An address or a network, as a network; undefined when the text is none. */
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

/** The mask of a network, as in `255.0.0.0` and `ff00::`. */
export function maskOf(cidr: string): string {
  const length = Number(cidr.split('/')[1])
  return cidr.includes(':')
    ? ipaddr.IPv6.subnetMaskFromPrefixLength(length).toRFC5952String()
    : ipaddr.IPv4.subnetMaskFromPrefixLength(length).toString()
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
