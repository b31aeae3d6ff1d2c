import ipaddr from 'ipaddr.js'
import type { Family } from '../ruleset/families'
import { parseAddress } from '../ruleset/networks'
import { rangeOf } from '../ruleset/ranges'
import { type Match, matchText, SUPPLEMENTARY } from '../ruleset/rule'

/** The facts about a connection that rules ask for. Facts of their own (a mark, a set) follow, one for each distinct text. */
export const DIMENSIONS = ['port', 'uid', 'gid', 'destination', 'local', 'source', 'interface', 'sourcePort'] as const
export type Dimension = (typeof DIMENSIONS)[number]

/** A value of a dimension: a port, an id, an address as a number, 0 or 1 for `local`, an interface name. */
export type Value = number | bigint | string

/** Values from the first to the last one excluded; without a last one, all from the first on. */
export type Range = readonly [from: Value, to: Value | undefined]

/** What a match asks of a connection: always or never, values of a dimension, a fact that is not known, or chance. */
export type Condition =
  | boolean
  | 'chance'
  | { dimension: Dimension; ranges: Range[]; negated: boolean }
  | { fact: string; negated: boolean }
  | { any: Condition[]; negated: boolean }

/** Where a ruleset is asked: its two ways see different facts (facts 20, 25, 31). */
export const HOOKS = ['PREROUTING', 'OUTPUT'] as const
export type Hook = (typeof HOOKS)[number]

/** Matches that draw: two rules of the same text draw independently. */
const CHANCE = new Set(['statistic', 'limit', 'hashlimit', 'recent', 'connlimit', 'quota', 'nth', 'random'])

/** What one match asks of a new TCP connection. A rule asks all of its matches. */
export function conditionOf(match: Match, hook: Hook, family: Family): Condition {
  const { option, values, negated } = match
  if (option === '-m') return NAMED.has(match.match) ? true : unknown(match)
  if (match.match === 'comment') return true
  const name = `${match.match} ${option}`.trim()
  const found = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name]?.(values, hook, family) : undefined
  if (found === undefined) return unknown(match)
  if (typeof found === 'boolean') return found !== negated
  return negated && found !== 'chance' ? { ...found, negated } : found
}

/** Matches that a rule names before it uses them. */
const NAMED = new Set([
  'tcp',
  'multiport',
  'owner',
  'comment',
  'addrtype',
  'conntrack',
  'state',
  'mark',
  'set',
  ...CHANCE,
])

function unknown(match: Match): Condition {
  return CHANCE.has(match.match) ? 'chance' : { fact: matchText(match), negated: match.negated }
}

type Reader = (values: string[], hook: Hook, family: Family) => Condition | undefined

const CONDITIONS: Record<string, Reader> = {
  '-p': ([protocol = '']) => /^(tcp|6|all)$/.test(protocol),
  '-f': () => false,
  '-s': ([network = ''], _, family) => addresses('source', network, family),
  '-d': ([network = ''], _, family) => addresses('destination', network, family),
  '-i': ([name = ''], hook) => (hook === 'PREROUTING' ? interfaces(name, hook) : name === '+'),
  '-o': ([name = ''], hook) => (hook === 'OUTPUT' ? interfaces(name, hook) : name === '+'),
  'tcp --dport': ([ports = '']) => portsIn('port', ports),
  'tcp --sport': ([ports = '']) => portsIn('sourcePort', ports),
  'multiport --dports': ([ports = '']) => portsIn('port', ports),
  'multiport --sports': ([ports = '']) => portsIn('sourcePort', ports),
  'multiport --ports': ([ports = '']) => ({
    any: [portsIn('port', ports), portsIn('sourcePort', ports)],
    negated: false,
  }),
  // The first packet has SYN alone.
  'tcp --tcp-flags': ([mask = '', set = '']) =>
    (mask === 'ALL' || mask.split(',').includes('SYN') ? 'SYN' : 'NONE') === set,
  'owner --uid-owner': ([ids = ''], hook) => hook === 'OUTPUT' && idsIn('uid', ids),
  'owner --gid-owner': ([ids = '', also], hook) => {
    if (hook === 'PREROUTING') return false
    const group = idsIn('gid', ids)
    if (also !== SUPPLEMENTARY || group === undefined) return group
    const other = { fact: `a supplementary group of the process is ${ids}`, negated: false }
    return { any: [group, other], negated: false }
  },
  'owner --socket-exists': (_, hook) => hook === 'OUTPUT',
  'addrtype --dst-type': ([type, limit], hook) => (type === 'LOCAL' && !limit ? toThisMachine(hook) : undefined),
  // What this machine sends has a source of its own; what comes in with one was decided in OUTPUT.
  'addrtype --src-type': ([type, limit], hook) => (type === 'LOCAL' && !limit ? hook === 'OUTPUT' : undefined),
  'conntrack --ctstate': ([states = '']) => states.split(',').includes('NEW'),
  'state --state': ([states = '']) => states.split(',').includes('NEW'),
}

const one = (value: number): Range => [value, value + 1]

/** In OUTPUT a connection to this machine itself is one that goes out by lo. */
const toThisMachine = (hook: Hook): Condition =>
  hook === 'OUTPUT'
    ? { dimension: 'interface', ranges: [nameRange('lo')], negated: false }
    : { dimension: 'local', ranges: [one(1)], negated: false }

/** The names that are this one. */
export const nameRange = (name: string): Range => [name, `${name}\0`]

/** The names that start so. */
export const prefixRange = (start: string): Range => [
  start,
  start.slice(0, -1) + String.fromCharCode(start.charCodeAt(start.length - 1) + 1),
]

function interfaces(name: string, hook: Hook): Condition {
  if (name === '+') return true
  if (name === 'lo' && hook === 'PREROUTING') return false
  const range = name.endsWith('+') ? prefixRange(name.slice(0, -1)) : nameRange(name)
  return { dimension: 'interface', ranges: [range], negated: false }
}

function portsIn(dimension: 'port' | 'sourcePort', list: string): Condition {
  const ranges = list.split(',').map((text): Range => {
    const [first, last] = rangeOf(text)
    return [Math.max(first, 1), last + 1]
  })
  return { dimension, ranges, negated: false }
}

function idsIn(dimension: 'uid' | 'gid', ids: string): Condition | undefined {
  if (!/^\d+(-\d+)?$/.test(ids)) return undefined
  const [first, last] = rangeOf(ids)
  return { dimension, ranges: [[first, last + 1]], negated: false }
}

function addresses(dimension: 'source' | 'destination', network: string, family: Family): Condition | undefined {
  const [address = '', length] = network.split('/')
  if (!ipaddr.isValid(address) || !/^\d+$/.test(length ?? '32')) return undefined
  if (address.includes(':') !== (family === 'ipv6')) return false
  const bits = family === 'ipv4' ? 32 : 128
  const size = bits - Number(length ?? bits)
  if (size < 0) return undefined
  const number = numberOf(address)
  if (typeof number === 'number') {
    const first = number - (number % 2 ** size)
    return { dimension, ranges: [[first, first + 2 ** size]], negated: false }
  }
  const first = (number >> BigInt(size)) << BigInt(size)
  return { dimension, ranges: [[first, first + 2n ** BigInt(size)]], negated: false }
}

/** An address as a number: of IPv6 as a bigint. */
export function numberOf(address: string): number | bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => 256 * sum + Number(part), 0)
  return BigInt(
    `0x${(parseAddress(address) as ipaddr.IPv6)
      .toByteArray()
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')}`,
  )
}

/** The other way round. */
export function addressOf(number: number | bigint): string {
  if (typeof number === 'number') return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
  const bytes = number.toString(16).padStart(32, '0').match(/../g) as string[]
  return (ipaddr.fromByteArray(bytes.map((byte) => Number.parseInt(byte, 16))) as ipaddr.IPv6).toRFC5952String()
}
