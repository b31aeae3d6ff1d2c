import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Unseen } from '../../src/ruleset/ruleset'
import { addReason, lookAtRule, type Way, waysOf } from '../../src/ruleset/unseen'

const WAYS: [hook: string, ways: Way[]][] = [
  ['PREROUTING', ['in']],
  ['prerouting', ['in']],
  ['INPUT', ['in']],
  ['output', ['out']],
  ['POSTROUTING', ['in', 'out']],
  ['MY_CHAIN', ['in', 'out']],
]

for (const [hook, ways] of WAYS) test(hook, () => assert.equal(waysOf(hook), ways))

/** A table, a rule of it, and the ways that it may keep from nat. */
const RULES: [table: string, rule: string, ways: Way[]][] = [
  ['raw', '-A PREROUTING -p tcp -j NOTRACK', ['in']],
  ['raw', '-A OUTPUT -p tcp -j CT --notrack', ['out']],
  ['raw', '-A OUTPUT -p tcp -j CT --zone 1', []],
  ['mangle', '-A DIVERT -p tcp -j TPROXY --on-port 1', ['in', 'out']],
  ['mangle', '-A OUTPUT -p tcp -j MARK --set-mark 1', []],
  ['filter', '-A OUTPUT -p tcp -j NOTRACK', []],
  ['raw', ':OUTPUT ACCEPT [0:0]', []],
]

for (const [table, rule, ways] of RULES)
  test(`${table}: ${rule}`, () => {
    const unseen: Unseen = {}
    lookAtRule(unseen, table, rule)
    assert.equal(Object.keys(unseen), ways)
    for (const way of ways)
      assert.is(unseen[way], `a rule of the ${table} table may keep connections from nat: ${rule}`)
  })

test('the first reason stays', () => {
  const unseen: Unseen = { in: 'first' }
  addReason(unseen, ['in', 'out'], 'second')
  assert.equal(unseen, { in: 'first', out: 'second' })
})

test.run()
