import ipaddr from 'ipaddr.js'
import { isWithin, parseAddress } from '../interception/cidrs'
import type { Report } from '../interception/diagnostics'
import type { Family } from '../interception/families'
import { type Accounts, lookUp, parseId } from '../interception/owner'
import { parsePort } from '../interception/ports'
import { single } from '../interception/values'
import type { OptionInput } from '../options/input'
import type { Connection } from './connection'

/** The options that describe a connection, by their names in a program. */
export const CONNECTION_OPTIONS = ['out', 'in', 'to', 'interface', 'uid', 'gid'] as const
export type ConnectionOptions = Record<(typeof CONNECTION_OPTIONS)[number], OptionInput>

/** The connection that the options describe; undefined when none is described, or when something is faulty. */
export function readConnection(options: ConnectionOptions, accounts: Accounts, report: Report): Connection | undefined {
  const { out, to } = options
  const isOut = out.values.length > 0
  const isIn = options.in.values.length > 0
  const fault = ({ name, values }: OptionInput, problem: string) => report.fault(name, values.join(' '), problem)
  if (!isOut && !isIn) {
    for (const given of [to, options.interface, options.uid, options.gid])
      if (given.values.length > 0)
        fault(given, 'describes a connection: give --out ADDRESS:PORT or --in ADDRESS:PORT too')
    return undefined
  }
  if (isOut && isIn) fault(options.in, 'comes in and --out goes out: give one of them')
  if (isOut && to.values.length > 0) fault(to, 'belongs to --in: --out says where the connection goes')
  if (isIn && to.values.length === 0) fault(options.in, 'needs --to [ADDRESS]:PORT, as in --to :80')
  if (isIn)
    for (const given of [options.uid, options.gid])
      if (given.values.length > 0) fault(given, 'belongs to --out: what comes in has no owner here')

  const far = readEnd(isOut ? out : options.in, report)
  const near = isIn && to.values.length > 0 ? readEnd(to, report) : undefined
  const user = readOwner(options.uid, 'user', accounts, report)
  const group = readOwner(options.gid, 'group', accounts, report)
  const name = single(options.interface, report)
  if (far && far.address === undefined)
    fault(isOut ? out : options.in, 'lacks the address: write it as in 10.0.0.5:443')
  if (isOut && far?.address && far.port === undefined)
    fault(out, `lacks the port: write it as in ${bracketed(far.address)}:443`)
  if (near && near.port === undefined) fault(to, 'lacks the port: write it as in :80')
  if (isIn && far?.address && (name === 'lo' || isLoopback(far.address))) fault(options.in, FROM_HERE)
  const family = familyOf(far?.address ?? '')
  if (near?.address !== undefined && familyOf(near.address) !== family) fault(to, 'is of another family than --in')
  if (report.faults.length > 0 || far?.address === undefined) return undefined

  const way = isOut ? 'out' : 'in'
  const end = (isOut ? far : near) as { address: string | undefined; port: number }
  const isOverLoopback = isOut && isLoopback(far.address)
  return {
    way,
    family,
    to: end,
    from: isIn ? (far as { address: string; port: number | undefined }) : undefined,
    interface: name ?? (isOverLoopback ? 'lo' : undefined),
    isLocal: isOut
      ? isOverLoopback || (name === undefined ? undefined : name === 'lo')
      : end.address === undefined || undefined,
    uid: user?.id,
    gid: group ? group.id : user?.gid,
  }
}

/** What a machine sends to itself is decided when it goes out (facts 20). */
export const FROM_HERE = 'comes from this machine itself, where OUTPUT decides: give --out'

const isLoopback = (address: string) => parseAddress(address).range() === 'loopback'
const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address)

/**
 * The connection with what a machine's own networks tell of it: what goes into one of them goes over loopback.
 *
 * Where the machine is not known, another one is meant by an outbound address.
 */
export function onMachine(connection: Connection, addresses: Set<string> | undefined): Connection {
  const { way, to, isLocal } = connection
  if (isLocal !== undefined || to.address === undefined) return connection
  const found = addresses && isWithin(to.address, addresses)
  if (way === 'in') return { ...connection, isLocal: found }
  return found ? { ...connection, isLocal: true, interface: 'lo' } : { ...connection, isLocal: false }
}

/** Where the kernel takes a connection to no address. */
const NOWHERE: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** `ADDRESS:PORT`, `[ADDRESS]:PORT`, `:PORT` or an address alone, the address as RFC 5952 writes it. */
function readEnd(
  given: OptionInput,
  report: Report,
): { address: string | undefined; port: number | undefined } | undefined {
  const value = single(given, report)
  if (value === undefined) return undefined
  if (isIpv4(value) || ipaddr.IPv6.isValid(value)) return { address: normal(value), port: undefined }
  const [, inBrackets, plain = '', digits = ''] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(value) ?? []
  const port = parsePort(digits)
  const isAddress = inBrackets === undefined ? plain === '' || isIpv4(plain) : ipaddr.IPv6.isValid(inBrackets)
  const address = inBrackets ?? plain
  if (port !== undefined && isAddress) return { address: address === '' ? undefined : normal(address), port }
  report.fault(given.name, value, 'is not ADDRESS:PORT: write it as in 10.0.0.5:443, [fd00::1]:443 or :443')
  return undefined
}

function normal(text: string): string {
  const address = parseAddress(text).toString()
  return NOWHERE[address] ?? address
}

const isIpv4 = (text: string) => ipaddr.IPv4.isValidFourPartDecimal(text)

/** The id of a user or group; with that of the user's own group, when the user is given by name. */
function readOwner(
  given: OptionInput,
  kind: 'user' | 'group',
  accounts: Accounts,
  report: Report,
): { id: number; gid?: number } | undefined {
  const value = single(given, report)
  if (value === undefined) return undefined
  const id = parseId(value)
  if (id !== undefined) return { id }
  const account = lookUp(kind, value, accounts)
  if (typeof account !== 'string') return kind === 'user' ? { id: account.uid, gid: account.gid } : { id: account.gid }
  report.fault(given.name, value, `${account}: give its id`)
  return undefined
}

const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4')
