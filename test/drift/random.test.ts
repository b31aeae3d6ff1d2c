import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { check } from '../../src/drift/findings'
import { parseSaved } from '../../src/ruleset/parse'
import { parseRules } from '../../src/ruleset/read-any'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { trace } from '../../src/trace/trace'
import { rulesetOf } from '../ruleset/texts'
import { fixture } from '../support'
import { connectionOf } from '../trace/connections'
import { IN_FORCE } from './example'

const wanted = parseRules(fixture('documented/4-both.txt'))

/** What others may match, what they may do with it, and where they may put it. */
const matches = fc.constantFrom(
  '',
  '-p tcp',
  '-p udp',
  '-s 10.0.0.0/8',
  '-d 192.0.2.0/24 -p tcp',
  '-p tcp -m tcp --dport 80',
  '-p tcp -m tcp --dport 1:100',
  '-p tcp -m multiport --dports 443,8080',
  '-p tcp -m tcp ! --dport 80',
  '-m addrtype --dst-type LOCAL',
  '-m conntrack --ctstate NEW',
)
const targets = fc.constantFrom(
  '-j ACCEPT',
  '-j RETURN',
  '-j RETURN',
  '-j LOG',
  '-j DNAT --to-destination 10.9.9.9',
  '-j REDIRECT --to-ports 9',
)
/** A chain jumps to those behind it alone, so that none comes back to itself. */
const rule = (...callees: string[]) => {
  const jumps = callees.flatMap((callee) => [`-j ${callee}`, `-j ${callee}`, `-g ${callee}`])
  const target = jumps.length > 0 ? fc.oneof(targets, fc.constantFrom(...jumps)) : targets
  return fc.tuple(matches, target).map((words) => words.filter(Boolean).join(' '))
}
const tables = fc
  .record({
    PREROUTING: fc.array(rule('X', 'Y', 'Z'), { maxLength: 3 }),
    OUTPUT: fc.array(rule('X', 'Y', 'Z'), { maxLength: 3 }),
    X: fc.array(rule('Y', 'Z'), { maxLength: 3 }),
    Y: fc.array(rule('Z'), { maxLength: 3 }),
    Z: fc.array(rule(), { maxLength: 3 }),
  })
  .map((foreign) => {
    const live = parseSaved(IN_FORCE)
    for (const [chain, rules] of rulesetOf(Object.entries(foreign)))
      live.set(chain, [...rules, ...(live.get(chain) ?? [])])
    return live
  })

/** Connections that example 4 intercepts. */
const CONNECTIONS = ['10.0.0.7', '192.0.2.7']
  .flatMap((address) => [
    `--in ${address}:5555 --to 192.0.2.1:80`,
    `--in ${address}:5555 --to :443`,
    `--in ${address}:5555 --to 198.51.100.1:443 --interface eth0`,
    `--out ${address}:80 --uid 1000 --gid 100 --interface eth0`,
  ])
  .map(connectionOf)
const ports = (way: 'in' | 'out') => new Set(CONNECTIONS.filter((each) => each.way === way).map(({ to }) => to.port))

const described = (live: Ruleset) =>
  [...live.values()]
    .flat()
    .map(({ line }) => line)
    .join('\n')

test('what is said to be active without a note is nowhere seen to let a connection go, as the trace has it', () => {
  fc.assert(
    fc.property(tables, (live) => {
      const { state, notes } = check(live, wanted, 'ipv4', 'iptables')
      if (state !== 'active' || notes.length > 0) return
      for (const connection of CONNECTIONS)
        assert.match(trace(live, connection).verdict.verdict, /^(intercepted|unknown)$/, described(live))
    }),
    { numRuns: 120 },
  )
})

test('what is said to take a port in front takes every connection to it, as the trace has it', () => {
  fc.assert(
    fc.property(tables, (live) => {
      for (const { line, text } of check(live, wanted, 'ipv4', 'iptables').findings) {
        const way = line.startsWith('-A OUTPUT') ? 'out' : 'in'
        const taken = [...ports(way)].filter((port) => new RegExp(`takes ports?[^:]* ${port}[,:]`).test(text))
        for (const connection of CONNECTIONS.filter((each) => each.way === way && taken.includes(each.to.port)))
          assert.is.not(trace(live, connection).verdict.verdict, 'intercepted', `${text}\n${described(live)}`)
      }
    }),
    { numRuns: 120 },
  )
})

test.run()
