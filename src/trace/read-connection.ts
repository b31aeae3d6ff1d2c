import ipaddr from 'ipaddr.js'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { lookUp, parseId } from '../options/accounts'
import type { Given, Values } from '../options/parse'
import { parsePort } from '../options/ports'
import type { Family } from '../ruleset/families'
import { isWithin, parseAddress } from '../ruleset/networks'
import type { Accounts } from '../system/accounts'
import type { Connection } from './connection'

/** The options that describe a connection. */
export const CONNECTION_OPTIONS = ['out', 'in', 'to', 'source', 'interface', 'uid', 'gid'] as const
type ConnectionOptions = Values<(typeof CONNECTION_OPTIONS)[number]>
type Text = Given<string | undefined>

/** The connection that the options describe; undefined when none is described, or when something is wrong. */
export function readConnection(
  options: ConnectionOptions,
  accounts: Accounts,
  diagnostics: Diagnostics,
): Connection | undefined {
  const { out, to } = options
  const [isOut, isIn] = [out.isGiven, options.in.isGiven]
  const fail = ({ name, value }: Text, problem: string, remedy?: string) =>
    diagnostics.error(name, value ?? '', problem, remedy)
  if (!isOut && !isIn) {
    for (const given of [to, options.source, options.interface, options.uid, options.gid])
      if (given.isGiven)
        fail(given, given === to ? 'needs --in ADDRESS:PORT' : 'needs --out ADDRESS:PORT or --in ADDRESS:PORT')
    return undefined
  }
  if (isOut && isIn) fail(options.in, 'cannot be combined with --out')
  if (isOut && to.isGiven) fail(to, 'cannot be combined with --out, which already gives the destination')
  if (isIn && !to.isGiven) fail(options.in, 'needs --to [ADDRESS]:PORT', 'Use --to :80, for example')
  if (isIn && options.source.isGiven)
    fail(options.source, 'cannot be combined with --in, which already gives the source')
  if (isIn)
    for (const given of [options.uid, options.gid])
      if (given.isGiven)
        fail(given, 'cannot be combined with --in: an incoming connection has no owner on this machine')

  const far = readEnd(isOut ? out : options.in, diagnostics)
  const near = isIn && to.isGiven ? readEnd(to, diagnostics) : undefined
  const source = readEnd(options.source, diagnostics)
  if (source && (source.address === undefined || source.port !== undefined))
    fail(options.source, 'is not an address', 'Use an address alone, as in 127.0.0.6')
  const user = readOwner(options.uid, 'user', accounts, diagnostics)
  const group = readOwner(options.gid, 'group', accounts, diagnostics)
  const name = options.interface.value
  if (far && far.address === undefined)
    fail(isOut ? out : options.in, 'lacks the address', 'Use ADDRESS:PORT, as in 10.0.0.5:443')
  if (isOut && far?.address && far.port === undefined)
    fail(out, 'lacks the port', `Use ADDRESS:PORT, as in ${bracketed(far.address)}:443`)
  if (near && near.port === undefined) fail(to, 'lacks the port', 'Use [ADDRESS]:PORT, as in :80')
  if (isIn && far?.address && (name === 'lo' || isLoopback(far.address))) fail(options.in, ...FROM_HERE)
  const family = familyOf(far?.address ?? '')
  if (near?.address !== undefined && familyOf(near.address) !== family)
    fail(to, 'is of another address family than --in')
  if (diagnostics.errors.length > 0 || far?.address === undefined) return undefined

  const way = isOut ? 'out' : 'in'
  const end = (isOut ? far : near) as { address: string | undefined; port: number }
  const isOverLoopback = isOut && isLoopback(far.address)
  return {
    way,
    family,
    to: end,
    from: isIn
      ? (far as { address: string; port: number | undefined })
      : source?.address === undefined
        ? undefined
        : { address: source.address, port: undefined },
    interface: name ?? (isOverLoopback ? 'lo' : undefined),
    isLocal: isOut
      ? isOverLoopback || (name === undefined ? undefined : name === 'lo')
      : end.address === undefined || undefined,
    uid: user?.id,
    gid: group ? group.id : user?.gid,
  }
}

/** What a machine sends to itself is decided when it goes out (facts 20). */
export const FROM_HERE = ['is an address of this machine, whose connections pass OUTPUT', 'Use --out'] as const

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
  { name, value }: Text,
  diagnostics: Diagnostics,
): { address: string | undefined; port: number | undefined } | undefined {
  if (value === undefined) return undefined
  if (isIpv4(value) || ipaddr.IPv6.isValid(value)) return { address: normal(value), port: undefined }
  const [, inBrackets, plain = '', digits = ''] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(value) ?? []
  const port = parsePort(digits)
  const isAddress = inBrackets === undefined ? plain === '' || isIpv4(plain) : ipaddr.IPv6.isValid(inBrackets)
  const address = inBrackets ?? plain
  if (port !== undefined && isAddress) return { address: address === '' ? undefined : normal(address), port }
  diagnostics.error(
    name,
    value,
    'is not ADDRESS:PORT',
    'Use an address and a port, as in 10.0.0.5:443, [fd00::1]:443 or :443',
  )
  return undefined
}

function normal(text: string): string {
  const address = parseAddress(text).toString()
  return NOWHERE[address] ?? address
}

const isIpv4 = (text: string) => ipaddr.IPv4.isValidFourPartDecimal(text)

/** The id of a user or group; with that of the user's own group, when the user is given by name. */
function readOwner(
  { name, value }: Text,
  kind: 'user' | 'group',
  accounts: Accounts,
  diagnostics: Diagnostics,
): { id: number; gid?: number } | undefined {
  if (value === undefined) return undefined
  const id = parseId(value)
  if (id !== undefined) return { id }
  const account = lookUp(kind, value, accounts)
  if (typeof account !== 'string') return kind === 'user' ? { id: account.uid, gid: account.gid } : { id: account.gid }
  diagnostics.error(name, value, account, 'Use its id')
  return undefined
}

const familyOf = (address: string): Family => (address.includes(':') ? 'ipv6' : 'ipv4')
