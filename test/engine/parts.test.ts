import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { analyze } from '../../src/engine/analyze'
import { type Cells, complement, intersection, union } from '../../src/engine/cells'
import { outcomeParts } from '../../src/engine/compile'
import { leafFor } from '../../src/engine/decide'
import type { Connection } from '../../src/trace/connection'
import { rulesetOf } from '../ruleset/texts'

const UNIONS: [one: Cells, other: Cells, both: Cells][] = [
  [[], [], []],
  [[[3, 4]], [], [[3, 4]]],
  [
    [[3, 4]],
    [[0, 1]],
    [
      [0, 1],
      [3, 4],
    ],
  ],
  [[[3, 4]], [[0, 2]], [[0, 4]]],
  [[[0, 9]], [[2, 3]], [[0, 9]]],
  [
    [[0, 3]],
    [
      [2, 5],
      [7, 7],
    ],
    [
      [0, 5],
      [7, 7],
    ],
  ],
]

for (const [one, other, both] of UNIONS)
  test(`${JSON.stringify(one)} or ${JSON.stringify(other)}`, () => assert.equal(union(one, other), both))

/** Of ten cells. */
const COMPLEMENTS: [cells: Cells, others: Cells][] = [
  [[], [[0, 9]]],
  [[[0, 9]], []],
  [[[0, 8]], [[9, 9]]],
  [[[1, 9]], [[0, 0]]],
  [
    [
      [2, 3],
      [5, 5],
    ],
    [
      [0, 1],
      [4, 4],
      [6, 9],
    ],
  ],
]

for (const [cells, others] of COMPLEMENTS)
  test(`all but ${JSON.stringify(cells)}`, () => assert.equal(complement(cells, 10), others))

const INTERSECTIONS: [one: Cells, other: Cells, both: Cells][] = [
  [[[0, 3]], [[4, 9]], []],
  [[[0, 4]], [[4, 9]], [[4, 4]]],
  [
    [[0, 9]],
    [
      [1, 2],
      [4, 5],
    ],
    [
      [1, 2],
      [4, 5],
    ],
  ],
]

for (const [one, other, both] of INTERSECTIONS)
  test(`${JSON.stringify(one)} and ${JSON.stringify(other)}`, () => assert.equal(intersection(one, other), both))

/** A rule in OUTPUT, and what it makes of a connection to 10.0.0.5:80 by eth0. */
const OUTCOMES: [rule: string, outcome: string][] = [
  ['-p tcp -j ACCEPT', 'accept'],
  ['-p tcp -j DROP', 'drop'],
  ['-p tcp -j REDIRECT --to-ports 15001', 'to::15001'],
  ['-p tcp -j REDIRECT', 'to::'],
  ['-p tcp -j DNAT --to-destination 10.0.0.1:81', 'to:10.0.0.1:81'],
  ['-p tcp -j ODD', 'unknown:ODD'],
  ['-p udp -j DROP', 'accept'],
  ['-p 6 -j DROP', 'drop'],
  ['-p all -j DROP', 'drop'],
  ['-p allnot -j DROP', 'accept'],
  ['-d 10.0.0.5/32 -j DROP', 'drop'],
  ['-d 10.0.0.4/31 -j DROP', 'drop'],
  ['-d 10.0.0.6/31 -j DROP', 'accept'],
  ['-d 0.0.0.0/0 -j DROP', 'drop'],
  ['-o eth0 -d 127.0.0.1/32 -j DROP', 'accept'],
  ['-p tcp -m tcp --dport 79:80 -j DROP', 'drop'],
  ['-p tcp -m tcp --dport 81:82 -j DROP', 'accept'],
  ['-p tcp -m tcp ! --dport 80 -j DROP', 'accept'],
  ['-p tcp -m multiport --dports 22,80 -j DROP', 'drop'],
  ['-m owner --uid-owner 1000 -j DROP', 'drop'],
  ['-m owner --uid-owner 1001-1002 -j DROP', 'accept'],
  ['-m owner ! --gid-owner 1000 -j DROP', 'accept'],
  ['-m conntrack --ctstate NEW -j DROP', 'drop'],
  ['-m conntrack --ctstate ESTABLISHED -j DROP', 'accept'],
]

const at = (address: string, name: string | undefined, known: Partial<Connection> = {}): Connection => ({
  ...{ way: 'out', family: 'ipv4', to: { address, port: 80 }, from: undefined, interface: name },
  ...{ isLocal: undefined, uid: 1000, gid: 1000 },
  ...known,
})

function outcomesOf(rule: string, connection: Connection): string[] | undefined {
  const analysis = analyze([rulesetOf([['OUTPUT', [rule]]])], 'OUTPUT', 'ipv4')
  const leaf = leafFor(analysis, 0, connection)
  return leaf === undefined ? undefined : analysis.logic.outcomesAt(leaf)
}

for (const [rule, outcome] of OUTCOMES)
  test(rule, () => assert.equal(outcomesOf(rule, at('10.0.0.5', 'eth0')), [outcome]))

test('what goes to a loopback address goes out by lo, and other traffic may do so too', () => {
  assert.equal(outcomesOf('-o eth0 -j DROP', at('127.0.0.1', 'eth0')), ['accept'])
  assert.equal(outcomesOf('-o lo -j DROP', at('127.0.0.1', 'lo')), ['drop'])
  assert.equal(outcomesOf('-o lo -j DROP', at('10.0.0.5', 'lo')), ['drop'])
})

test('a fact that decides and is not known, or not well enough', () => {
  const uid = '-m owner --uid-owner 5 -j DROP'
  assert.is(outcomesOf(uid, at('10.0.0.5', 'eth0', { uid: undefined })), undefined)
  assert.is(outcomesOf('-o eth0 -j DROP', at('10.0.0.5', undefined)), undefined)
  assert.is(outcomesOf('-o eth0 -j DROP', at('10.0.0.5', undefined, { isLocal: false })), undefined)
  assert.is(outcomesOf('-o lo -j DROP', at('10.0.0.5', undefined, { isLocal: false })), undefined)
  assert.equal(outcomesOf('-o lo -j DROP', at('10.0.0.5', undefined, { isLocal: true })), ['drop'])
  const from = (port: number | undefined) => at('10.0.0.5', 'eth0', { from: { address: '10.0.0.9', port } })
  assert.equal(outcomesOf('-p tcp -m tcp --sport 5000 -j DROP', from(5000)), ['drop'])
  assert.equal(outcomesOf('-p tcp -m tcp --sport 5000 -j DROP', from(5001)), ['accept'])
  assert.is(outcomesOf('-p tcp -m tcp --sport 5000 -j DROP', from(undefined)), undefined)
  assert.equal(outcomesOf('-s 10.0.0.8/31 -j DROP', from(1)), ['drop'])
})

test('equal sets are one diagram, however they are written', () => {
  const tables = ['--dport 80:65535', '! --dport 0:79'].map((ports) =>
    rulesetOf([['OUTPUT', [`-p tcp -m tcp ${ports} -j DROP`]]]),
  )
  const { rulesets } = analyze(tables, 'OUTPUT', 'ipv4')
  assert.is(rulesets[0]?.root, rulesets[1]?.root)
})

test('outcomes in parts', () => {
  assert.equal(outcomeParts('accept'), ['accept', ''])
  assert.equal(outcomeParts('to:10.0.0.5:80'), ['to', '10.0.0.5:80'])
  assert.equal(outcomeParts('unknown:A B\nC'), ['unknown', 'A B\nC'])
})

test.run()
