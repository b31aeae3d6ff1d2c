import ipaddr from 'ipaddr.js'
import { parseAddress } from '../ruleset/networks'
import { isInRange } from '../ruleset/ranges'
import { type Match, matchText, SUPPLEMENTARY } from '../ruleset/rule'
import { isInterface } from '../system/interfaces'
import type { Connection } from './connection'

/** Whether a condition holds for a connection, and why; undefined when it cannot be told. */
export interface Evaluation {
  holds: boolean | undefined
  why: string
}

/** A fact about the connection that a condition asks for, as the condition sees it before any `!`. */
type Matcher = (connection: Connection, values: string[]) => Evaluation

/** Whether a condition of a rule holds for the first packet of a connection, which is all that the nat table sees (facts 13). */
export function evaluateMatch(condition: Match, connection: Connection): Evaluation {
  const { match, option, values, negated } = condition
  const found = MATCHERS[`${match} ${option}`]
  if (!found) return unknown(`explain does not support \`${matchText(condition)}\``)
  const { holds, why } = found(connection, values)
  return { holds: holds === undefined ? undefined : holds !== negated, why }
}

const yes = (why = ''): Evaluation => ({ holds: true, why })
const no = (why: string): Evaluation => ({ holds: false, why })
const unknown = (why: string): Evaluation => ({ holds: undefined, why })
const tell = (holds: boolean, what: string, rest: string): Evaluation => ({
  holds,
  why: `${what} is ${holds ? '' : 'not '}${rest}`,
})

/** Matches that a rule names before it uses them, and that ask for nothing by themselves. */
const NAMED = ['tcp', 'multiport', 'owner', 'comment', 'addrtype', 'conntrack', 'state']

const MATCHERS: Record<string, Matcher> = {
  ...Object.fromEntries(NAMED.map((name) => [`${name} -m`, () => yes()])),
  'comment --comment': () => yes(),
  ' -p': (_, [protocol = '']) => (/^(tcp|6|all)$/.test(protocol) ? yes('it is TCP') : no(`TCP is not ${protocol}`)),
  // What comes in fragments is put together before.
  ' -f': () => no('what comes is no fragment'),
  ' -s': ({ from }, values) => address('the source', from?.address, values),
  ' -d': ({ to }, values) => address('the destination', to.address, values),
  ' -i': (connection, values) => interfaceOf('in', connection, values),
  ' -o': (connection, values) => interfaceOf('out', connection, values),
  'tcp --dport': ({ to }, values) => port('port', to.port, values),
  'tcp --sport': ({ from }, values) => port('source port', from?.port, values),
  'tcp --tcp-flags': (_, [mask = '', set = '']) => {
    const seen = mask === 'ALL' || mask.split(',').includes('SYN') ? 'SYN' : 'NONE'
    return tell(seen === set, 'the first packet', `one with ${set} of ${mask}`)
  },
  'multiport --dports': ({ to }, values) => port('port', to.port, values),
  'multiport --sports': ({ from }, values) => port('source port', from?.port, values),
  'multiport --ports': ({ to, from }, values) => {
    const [there, here] = [port('port', to.port, values), port('source port', from?.port, values)]
    return there.holds || here.holds === undefined ? (there.holds ? there : here) : here
  },
  'owner --uid-owner': (connection, values) => owner('uid', connection, values),
  'owner --gid-owner': (connection, values) => owner('gid', connection, values),
  'owner --socket-exists': ({ way }) => tell(way === 'out', 'the connection', 'made by a process here'),
  'addrtype --dst-type': (connection, [type = '', limit]) => {
    if (limit) return unknown(`explain does not support ${limit}`)
    if (type !== 'LOCAL') return unknown(`explain does not support the address type ${type}`)
    if (connection.isLocal !== undefined)
      return tell(connection.isLocal, 'the destination', 'an address of this machine')
    return unknown('it is not known whether the destination is an address of this machine: --to :PORT says so')
  },
  'addrtype --src-type': ({ way }, [type = '', limit]) => {
    if (limit) return unknown(`explain does not support ${limit}`)
    if (type !== 'LOCAL') return unknown(`explain does not support the address type ${type}`)
    // What comes in with an address of this machine was decided in OUTPUT.
    return tell(way === 'out', 'the source', 'an address of this machine')
  },
  'conntrack --ctstate': (_, values) => state(values),
  'state --state': (_, values) => state(values),
}

function state([states = '']: string[]): Evaluation {
  return tell(states.split(',').includes('NEW'), 'the first packet of a connection, which is NEW,', `among ${states}`)
}

function address(what: string, known: string | undefined, [network = '']: string[]): Evaluation {
  const [first = '', length] = network.split('/')
  if (!ipaddr.isValid(first) || !/^\d+$/.test(length ?? '32'))
    return unknown(`explain does not support the mask of ${network}`)
  if (known === undefined)
    return unknown(`${what} address is not given${what === 'the source' ? '' : ': --to ADDRESS:PORT'}`)
  const [at, near] = [parseAddress(known), parseAddress(first)]
  const bits = Number(length ?? (near.kind() === 'ipv4' ? 32 : 128))
  const isIn = at.kind() === near.kind() && (at as ipaddr.IPv6).match(near as ipaddr.IPv6, bits)
  return tell(isIn, known, bits === (near.kind() === 'ipv4' ? 32 : 128) ? first : `in ${network}`)
}

/** `+` at the end stands for any rest. A packet that comes in has no interface to go out by yet, nor the other way round. */
function interfaceOf(way: Connection['way'], connection: Connection, [name = '']: string[]): Evaluation {
  const holds = (known: string) => isInterface(known, name)
  if (way !== connection.way)
    return { holds: holds(''), why: `there is no ${way === 'in' ? 'incoming' : 'outgoing'} interface here` }
  if (connection.interface !== undefined) return tell(holds(connection.interface), connection.interface, name)
  if (name === '+') return yes()
  // What comes in by lo was decided in OUTPUT (facts 20, 31).
  if (name === 'lo' && (way === 'in' || connection.isLocal === false)) return tell(false, 'the interface', 'lo')
  return unknown('the interface is not given: --interface NAME')
}

function port(what: string, known: number | undefined, [list = '']: string[]): Evaluation {
  if (/^[01]:65535$/.test(list)) return yes(`${what} is any`)
  if (known === undefined) return unknown(`the ${what} is not given`)
  const holds = list.split(',').some((range) => isInRange(known, range))
  return tell(holds, `${what} ${known}`, /[,:]/.test(list) ? `among ${list}` : list)
}

function owner(kind: 'uid' | 'gid', connection: Connection, [range = '', also]: string[]): Evaluation {
  if (connection.way === 'in') return tell(false, 'what comes in', 'owned by a process here')
  const known = connection[kind]
  if (known === undefined) return unknown(`the ${kind} is not given: --${kind} ID`)
  const holds = isInRange(known, range)
  if (!holds && also === SUPPLEMENTARY)
    return unknown(`whether a supplementary group of the process is ${range} is not known`)
  return tell(holds, `${kind} ${known}`, range.includes('-') ? `in ${range}` : range)
}
