import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { matchesOf } from '../../src/interception/matches'
import { type PortRange, parseRange } from '../../src/options/ports'

const range = fc
  .tuple(fc.integer({ min: 1, max: 65535 }), fc.oneof(fc.constant(0), fc.nat(40)))
  .map(([first, more]) => ({ first, last: Math.min(65535, first + more) }))

/** Every port that the matches hold. */
function portsOf(ranges: PortRange[], compact: boolean): Set<number> {
  const held = matchesOf(ranges, compact)
    .flatMap(({ ports }) => ports.split(','))
    .map(parseRange)
  return new Set(
    held.flatMap((one) => (one ? Array.from({ length: one.last - one.first + 1 }, (_, at) => one.first + at) : [])),
  )
}

const slots = (ports: string) => ports.split(',').reduce((sum, item) => sum + (item.includes(':') ? 2 : 1), 0)

test('--compact decides every port as the documented form does', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 60 }), (ranges) => {
      assert.equal([...portsOf(ranges, true)].sort(), [...portsOf(ranges, false)].sort())
    }),
    { numRuns: 500 },
  )
})

test('no rule has more slots than multiport holds, and all but the last are full', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 200 }), (ranges) => {
      const matches = matchesOf(ranges, true)
      for (const { ports, match } of matches)
        assert.ok(slots(ports) <= 15 && (match === '--dport') === !ports.includes(','))
      for (const { ports } of matches.slice(0, -1)) assert.ok(slots(ports) >= 14)
    }),
  )
})

test.run()
