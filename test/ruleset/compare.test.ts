import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { compare } from '../../src/ruleset/compare'
import { Rule } from '../../src/ruleset/rule'
import { rulesetOf } from './texts'

const wanted = {
  inFront: [],
  chains: ['APISIX_INBOUND'],
  rules: ['1', '2', '3'].map((port) => new Rule('APISIX_INBOUND', `-p tcp --dport ${port} -j RETURN`)),
}

/** The ports of the chain's rules as they are live, where 1, 2, 3 are wanted; and what is said of them. */
const DIFFERENCES: [live: string, differences: string[]][] = [
  ['1 2 3', []],
  ['1 3', ['missing 2']],
  ['1 2 2 3', ['duplicate 2']],
  ['1 2 3 4', ['extra 4']],
  ['3 1 2', ['misplaced 3']],
  ['3 2 1', ['misplaced 3', 'misplaced 2']],
  ['4 3 1 1', ['missing 2', 'extra 4', 'duplicate 1', 'misplaced 3']],
  ['', ['missing 1', 'missing 2', 'missing 3']],
]

for (const [live, differences] of DIFFERENCES)
  test(`1 2 3 wanted, ${live || 'none'} live`, () => {
    const ports = live.split(' ').filter(Boolean)
    const table = rulesetOf([['APISIX_INBOUND', ports.map((port) => `-p tcp -m tcp --dport ${port} -j RETURN`)]])
    const found = compare(table, wanted).map(
      ({ kind, rule }) => `${kind} ${rule?.text.replace(/.*--dport (\d).*/, '$1')}`,
    )
    assert.equal(found, differences)
  })

test('managed chains that are missing, or not wanted', () => {
  const found = compare(new Map([['APISIX_OUTPUT', []]]), { chains: ['APISIX_INBOUND'], rules: [], inFront: [] })
  assert.equal(found, [
    { kind: 'missing', chain: 'APISIX_INBOUND' },
    { kind: 'extra', chain: 'APISIX_OUTPUT' },
  ])
})

test.run()
