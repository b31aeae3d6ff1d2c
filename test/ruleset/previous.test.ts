import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chainsBetween, previousSet } from '../../src/ruleset/previous'
import { isEmpty, transaction } from '../../src/ruleset/transaction'
import { rulesetOf } from './texts'

const UID = '! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN'
const GID = '-m owner --gid-owner 20 -j RETURN'
const JUMP = '-p tcp -j APISIX_REDIRECT'
const DNAT = '-d 10.0.0.1/32 -p tcp -j DNAT --to-destination 10.0.0.2'

const PLACES: [what: string, output: string[], prerouting: string[], inFront: string[], between: string[]][] = [
  ['alone', [JUMP], [JUMP], [], []],
  ['in front', [UID, GID, JUMP, DNAT], [JUMP], ['OUTPUT'], []],
  ['behind', [DNAT, UID, GID, JUMP], [], [], []],
  ['between', [DNAT, JUMP, DNAT], [], [], ['OUTPUT']],
  ['with one of others in between', [UID, GID, DNAT, JUMP], [], [], ['OUTPUT']],
  ['in front in one chain, behind in another', [JUMP, DNAT], [DNAT, JUMP], ['OUTPUT'], []],
]

for (const [what, output, prerouting, inFront, between] of PLACES)
  test(`${what}: it is active, and where`, () => {
    const live = rulesetOf([
      ['OUTPUT', output],
      ['PREROUTING', prerouting],
      ['APISIX_REDIRECT', []],
    ])
    assert.ok(isEmpty(transaction(live, previousSet(live))))
    assert.equal([previousSet(live).inFront, chainsBetween(live)], [inFront, between])
  })

test('none', () => {
  assert.equal(previousSet(rulesetOf([['OUTPUT', [UID, DNAT]]])), { chains: [], rules: [], inFront: [] })
})

test.run()
