import fc from 'fast-check'
import type { Ruleset } from '../../src/ruleset/ruleset'
import type { Connection } from '../../src/trace/connection'
import type { Verdict } from '../../src/trace/trace'

/** Values that the rules of a table name, so that connections meet them. */
function namedIn(ruleset: Ruleset) {
  const matches = [...ruleset.values()].flat().flatMap(({ matches }) => matches)
  const values = (...options: string[]) =>
    matches.filter(({ option }) => options.includes(option)).flatMap(({ values: [value = ''] }) => value.split(','))
  return {
    ports: values('--dport', '--dports', '--ports').flatMap((text) => text.split(':').map(Number)),
    sourcePorts: values('--sport', '--sports', '--ports').flatMap((text) => text.split(':').map(Number)),
    addresses: values('-s', '-d').map((text) => text.split('/')[0] as string),
    ids: values('--uid-owner', '--gid-owner').flatMap((text) => text.split('-').map(Number)),
    names: values('-i', '-o').map((name) => name.replace('+', '7')),
  }
}

const among = <T>(named: T[], other: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  named.length > 0 ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...named) }, other) : other

const near = (numbers: number[], min: number, max: number) =>
  among(
    numbers.flatMap((number) => [number - 1, number, number + 1]).filter((number) => number >= min && number <= max),
    fc.integer({ min, max }),
  )

const IPV4 = fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255)).map(([a, b, c]) => `${a}.${b}.${c}.9`)
const IPV6 = fc.tuple(fc.nat(0xffff), fc.nat(0xffff)).map(([a, b]) => `fd00:${a.toString(16)}::${b.toString(16)}`)

/** Connections of which everything is known, near the values that the rules of a table name. */
export function connectionsFor(
  ruleset: Ruleset,
  family: 'ipv4' | 'ipv6',
  way?: 'in' | 'out',
): fc.Arbitrary<Connection> {
  const named = namedIn(ruleset)
  const ofFamily = named.addresses.filter(
    (each) => each.includes(':') === (family === 'ipv6') && !/^(0\.0|::$)/.test(each),
  )
  const address = among(ofFamily, family === 'ipv4' ? IPV4 : IPV6)
  const port = near([...named.ports, 80], 1, 65535)
  const name = among(
    named.names.filter((each) => each !== 'lo'),
    fc.constantFrom('eth0', 'wlan1'),
  )
  const id = near(named.ids, 0, 4294967294)
  const local = family === 'ipv4' ? /^127\./ : /^::1$/
  const inbound = fc.record({
    way: fc.constant('in' as const),
    family: fc.constant(family),
    to: fc.record({ address, port }),
    from: fc.record({ address, port: near(named.sourcePorts, 1, 65535) }),
    interface: name,
    isLocal: fc.boolean(),
    uid: fc.constant(undefined),
    gid: fc.constant(undefined),
  })
  const outbound = fc
    .record({
      way: fc.constant('out' as const),
      family: fc.constant(family),
      to: fc.record({ address, port }),
      from: fc.record({ address, port: near(named.sourcePorts, 1, 65535) }),
      interface: name,
      isLocal: fc.boolean(),
      uid: id,
      gid: id,
    })
    .map((each) => {
      const isLocal = each.isLocal || local.test(each.to.address)
      return { ...each, isLocal, interface: isLocal ? 'lo' : each.interface }
    })
  return way === 'in' ? inbound : way === 'out' ? outbound : fc.oneof(inbound, outbound)
}

/** The engine's word for a verdict of the trace; undefined when that does not know. */
export function outcomeOfVerdict(verdict: Verdict, { to }: Connection): string | undefined {
  switch (verdict.verdict) {
    case 'intercepted':
    case 'loop':
      return `proxy:${verdict.port}`
    case 'elsewhere':
      return verdict.to === `:${to.port}` ? 'same' : `to:${verdict.to}`
    case 'untouched':
      return 'accept'
    case 'unknown':
      return undefined
  }
}
