import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Inbound, type Interception, interceptsInbound, type Outbound } from '../../src/interception/interception'
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
const pick = (selection: Inbound | Outbound | null, drawn: number, at: number) => {
  const named = [...(selection?.ports ?? []), ...(selection?.exclude ?? [])].flatMap(({ ports }) => ports.split(/[,:]/))
  return at % 2 && named.length > 0 ? Number(named[at % named.length]) : drawn
}

test('a trace meets rules of the table, in the order of the kernel, among foreign rules, damaged sets and stray hooks', () => {
  fc.assert(
    fc.property(situations, connections, ({ live }, connection) => {
      const { steps } = trace(live, connection)
      for (const [at, { chain, number, spec, depth }] of steps.entries()) {
        assert.is(live.get(chain)?.[number - 1], spec)
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
    inbound: interception.inbound && { ...interception.inbound, excludeCidrs: [], excludeInterfaces: [] },
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
function expected(interception: Interception, { way, to, from, interface: name = '', uid, gid }: Required<Connection>) {
  const selection = way === 'in' ? interception.inbound : interception.outbound
  const { owner, proxyPort, inboundCapturePort } = interception
  const [user, group] = [uid as number, gid as number]
  if (way === 'out' && name === 'lo' && to.address !== '127.0.0.1' && user === owner.uid) return 'untouched'
  if (way === 'out' && group === owner.gid) return 'untouched'
  if (!selection || isOneOf(name, selection.excludeInterfaces)) return 'untouched'
  const far = (way === 'in' ? from?.address : to.address) as string
  if (selection.excludeCidrs.some(({ cidr }) => isIn(far, cidr))) return 'untouched'
  if ('cidrs' in selection) {
    if (selection.excludeUsers.some((each) => holds(each, user))) return 'untouched'
    if (selection.excludeGroups.some((each) => holds(each, group))) return 'untouched'
    if (selection.excludePortsForUsers.some((each) => holds(each.user, user) && holds(each.ports, to.port)))
      return 'untouched'
    if (selection.cidrs.length > 0 && !selection.cidrs.some(({ cidr }) => isIn(far, cidr))) return 'untouched'
  }
  const isExempt = 'exemptSsh' in selection && selection.exemptSsh && to.port === 22
  const list = selection.all ? selection.exclude : selection.ports
  if (isExempt || list.some(({ ports }) => holds(ports, to.port)) === selection.all) return 'untouched'
  if (way === 'in') return `intercepted ${inboundCapturePort ?? proxyPort}`
  return `${user === owner.uid ? 'loop' : 'intercepted'} ${proxyPort}`
}

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
    uid: isOut ? (at % 5 === 0 ? interception.owner.uid : (connection.uid ?? 7)) : undefined,
    gid: isOut ? (at % 7 === 0 ? interception.owner.gid : (connection.gid ?? 7)) : undefined,
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
