import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Interception, interceptsInbound, type Selection } from '../../src/interception/interception'
import type { Connection } from '../../src/trace/connection'
import { asLoop, trace } from '../../src/trace/trace'
import { interceptionsOf } from '../options'
import { situations } from '../ruleset/random'
import { tableFor } from './tables'

const port = fc.oneof(fc.integer({ min: 1, max: 65535 }), fc.constantFrom(1, 22, 80, 443, 9080, 65535))
const address = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255)).map(([a, b]) => `${a}.${b}.7.9`),
  fc.constantFrom('127.0.0.1', '127.0.0.2', '10.0.0.5'),
)
const id = fc.oneof(fc.nat(70000), fc.constantFrom(0, 20, 501, 1337, 4294967294))
const names = fc.constantFrom('lo', 'eth0', 'docker0', 'eth', 'a-name_of.15chr')

const inbound: fc.Arbitrary<Connection> = fc.record({
  way: fc.constant('in' as const),
  family: fc.constant('ipv4' as const),
  to: fc.record({ address: fc.option(address, { nil: undefined }), port }),
  from: fc.record({ address, port: fc.option(port, { nil: undefined }) }),
  interface: fc.option(names, { nil: undefined }),
  isLocal: fc.constantFrom(true, false, undefined),
  uid: fc.constant(undefined),
  gid: fc.constant(undefined),
})
const outbound: fc.Arbitrary<Connection> = fc.record({
  way: fc.constant('out' as const),
  family: fc.constant('ipv4' as const),
  to: fc.record({ address, port }),
  from: fc.constant(undefined),
  interface: fc.option(names, { nil: undefined }),
  isLocal: fc.constantFrom(true, false, undefined),
  uid: fc.option(id, { nil: undefined }),
  gid: fc.option(id, { nil: undefined }),
})
const connections = fc.oneof(inbound, outbound)

/** The verdict with a port, in a word or two. */
const verdictOf = (interception: Interception, connection: Connection) => {
  const table = tableFor(interception)
  return Object.values(asLoop(trace(table, connection).verdict, connection, table)).join(' ')
}

/** A port of one that the model names, so that what is listed is met. */
const pick = (selection: Selection | null, drawn: number, at: number) => {
  const named = [...(selection?.ports ?? []), ...(selection?.exclude ?? [])].flatMap(({ ports }) => ports.split(/[,:]/))
  return at % 2 && named.length > 0 ? Number(named[at % named.length]) : drawn
}

test('a trace meets rules of the table, in the order of the kernel, among foreign rules, damaged sets and stray hooks', () => {
  fc.assert(
    fc.property(situations, connections, ({ live }, connection) => {
      const { steps } = trace(live, connection)
      for (const [at, { chain, number, spec, depth }] of steps.entries()) {
        assert.is(live.get(chain)?.[number - 1]?.text, spec)
        const before = steps[at - 1]
        if (before?.chain === chain && before.depth === depth && number > 1) assert.is(number, before.number + 1)
      }
    }),
    { numRuns: 500 },
  )
})

test('in: the trace agrees with what the model says of ports', () => {
  const withoutExclusions = interceptionsOf('ipv4').map((interception) => ({
    ...interception,
    rerouteInterfaces: [],
    inbound: interception.inbound && {
      ...interception.inbound,
      localOnly: false,
      excludeCidrs: [],
      excludeInterfaces: [],
    },
  }))
  fc.assert(
    fc.property(withoutExclusions, inbound, fc.nat(), (interception, described, at) => {
      const to = { ...described.to, port: pick(interception.inbound, described.to.port, at) }
      const proxy = interception.inboundCapturePort ?? interception.proxyPort
      assert.is(
        verdictOf(interception, { ...described, to }),
        interceptsInbound(interception, to.port) ? `intercepted ${proxy}` : 'untouched',
      )
    }),
    { numRuns: 1000 },
  )
})

/** Whether a list of ports and ranges, or of ids and ranges of ids, holds a number. */
const holds = (list: string, number: number) =>
  list.split(',').some((range) => {
    const [first, last = first] = range.split(/[:-]/).map(Number) as [number, number?]
    return first <= number && number <= (last ?? first)
  })

const asNumber = (dotted: string) => dotted.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
const isIn = (dotted: string, cidr: string) => {
  const [network = '', bits] = cidr.split('/')
  const size = 2 ** (32 - Number(bits))
  return Math.floor(asNumber(dotted) / size) === Math.floor(asNumber(network) / size)
}
const isOneOf = (name: string, patterns: string[]) =>
  patterns.some((each) => (each.endsWith('+') ? name.startsWith(each.slice(0, -1)) : name === each))

/** What the options say of a connection of which everything is known, as their help reads. */
function expected(interception: Interception, connection: Required<Connection>) {
  const { way, to, from, interface: name = '', uid, gid, isLocal } = connection
  const { owners, proxyPort, inboundCapturePort, inbound, outbound, rerouteInterfaces } = interception
  const [user, group] = [uid as number, gid as number]
  const inboundPort = inboundCapturePort ?? proxyPort
  if (way === 'in' && isOneOf(name, rerouteInterfaces)) return selects(to) ? `intercepted ${proxyPort}` : 'untouched'
  if (way === 'in') {
    if (!inbound || isOneOf(name, inbound.excludeInterfaces) || (inbound.localOnly && !isLocal)) return 'untouched'
    if (inbound.excludeCidrs.some(({ cidr }) => isIn(from?.address as string, cidr))) return 'untouched'
    if (inbound.exemptSsh && to.port === 22) return 'untouched'
    return has(inbound, to.port) ? `intercepted ${inboundPort}` : 'untouched'
  }
  const own = owners.filter((owner) => owner.uid === user)
  const isToItself = name === 'lo' && to.address !== '127.0.0.1' && own.length > 0
  if (isToItself && interception.redirectSelfCalls) return `intercepted ${inboundPort}`
  if (isToItself || own.some((owner) => owner.gid === null) || owners.some((owner) => owner.gid === group))
    return 'untouched'
  if (!outbound || isOneOf(name, outbound.excludeInterfaces)) return 'untouched'
  if (isAmong(outbound.excludeUsers, user) || isAmong(outbound.excludeGroups, group)) return 'untouched'
  const isOwnerBound = outbound.users.length + outbound.groups.length > 0
  if (isOwnerBound && !isAmong(outbound.users, user) && !isAmong(outbound.groups, group)) return 'untouched'
  if (outbound.excludePortsForUsers.some((each) => holds(each.user, user) && holds(each.ports, to.port)))
    return 'untouched'
  return selects(to) ? `${own.length > 0 ? 'loop' : 'intercepted'} ${proxyPort}` : 'untouched'

  /** Whether ports and networks select a destination of outbound traffic. */
  function selects({ address = '', port }: Connection['to']): boolean {
    if (!outbound || outbound.excludeCidrs.some(({ cidr }) => isIn(address, cidr))) return false
    if (outbound.all && outbound.exclude.some(({ ports }) => holds(ports, port))) return false
    const isInNetwork = outbound.cidrs.some(({ cidr }) => isIn(address, cidr))
    const isEither =
      outbound.destinations.some(({ cidr }) => cidr === null) || (!outbound.all && outbound.ports.length === 0)
    const hasPort = has(outbound, port)
    if (outbound.cidrs.length === 0) return hasPort
    return isEither ? isInNetwork || hasPort : isInNetwork && hasPort
  }
}

const has = ({ all, ports, exclude }: Selection, port: number) =>
  (all ? exclude : ports).some((each) => holds(each.ports, port)) !== all
const isAmong = (lists: string[], id: number) => lists.some((each) => holds(each, id))

/** Everything is said, and as often as not something that the options name. */
const told = (interception: Interception, connection: Connection, at: number): Connection => {
  const selection = connection.way === 'in' ? interception.inbound : interception.outbound
  const networks = [...(selection?.excludeCidrs ?? []), ...(interception.outbound?.cidrs ?? [])]
  const network = networks[at % networks.length]?.cidr.split('/')[0]
  const near = network && at % 3 === 0 ? network : (connection.from ?? connection.to).address
  const port = pick(selection, connection.to.port, at)
  const isOut = connection.way === 'out'
  return {
    ...connection,
    to: { address: isOut ? near : '192.0.2.1', port },
    from: isOut ? undefined : { address: near as string, port: 5555 },
    interface: connection.interface ?? 'eth0',
    isLocal: isOut ? connection.isLocal : at % 2 === 0,
    uid: isOut ? (at % 5 === 0 ? interception.owners[0]?.uid : (connection.uid ?? 7)) : undefined,
    gid: isOut ? (at % 7 === 0 ? (interception.owners[0]?.gid ?? 7) : (connection.gid ?? 7)) : undefined,
  }
}

test('both ways: the trace agrees with what the options say, all of them', () => {
  fc.assert(
    fc.property(interceptionsOf('ipv4'), connections, fc.nat(), (interception, described, at) => {
      const connection = told(interception, described, at)
      assert.is(verdictOf(interception, connection), expected(interception, connection as Required<Connection>))
    }),
    { numRuns: 1500 },
  )
})

test.run()
