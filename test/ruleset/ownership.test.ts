import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { foreignLookAlikes, foreignRulesTrack, jumpsTo, managedRules, strayReturns } from '../../src/ruleset/ownership'
import { Rule } from '../../src/ruleset/rule'
import { NOTHING } from '../../src/ruleset/transaction'
import { rulesetOf } from './texts'

const TRACKS: [text: string, tracks: boolean][] = [
  ['-p tcp -j DNAT --to-destination 10.0.0.1', true],
  ['-j MASQUERADE', true],
  ['-m comment --comment "to: -j DNAT " -j ACCEPT', false],
  ['-m comment --comment "\\" -j DNAT" -j ACCEPT', false],
  ['-m comment --comment "x" -j REDIRECT', true],
  ['-j DNATTED', false],
]

for (const [text, tracks] of TRACKS)
  test(`tracks connections: ${text}`, () => assert.is(foreignRulesTrack(rulesetOf([['OUTPUT', [text]]])), tracks))

const JUMPS: [text: string, target: string | undefined][] = [
  ['-p tcp -j APISIX_INBOUND', 'APISIX_INBOUND'],
  ['-p tcp -g APISIX_REDIRECT', 'APISIX_REDIRECT'],
  ['-m comment --comment "x y" -j APISIX_OUTPUT', 'APISIX_OUTPUT'],
  ['-p tcp -j APISIX_INBOUND_2', undefined],
  ['-p tcp -j MY_APISIX_INBOUND', undefined],
  ['-p tcp -j RETURN', undefined],
  ['-m comment --comment "-j APISIX_INBOUND" -j RETURN', undefined],
  ['-m comment --comment "\\" -j APISIX_INBOUND" -j RETURN', undefined],
  ['-m comment --comment APISIX_INBOUND -j RETURN', undefined],
]

for (const [text, target] of JUMPS) test(text, () => assert.is(jumpsTo(new Rule('OUTPUT', text)), target))

const UID = '! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN'
const GID = '-m owner --gid-owner 20 -j RETURN'
const PORT = '-p tcp -m tcp --dport 53 -j RETURN'
const RANGE = '-p tcp -m tcp --dport 53:60 -j RETURN'
const JUMP = '-p tcp -j APISIX_REDIRECT'
const DNAT = '-d 10.0.0.1/32 -p tcp -j DNAT --to-destination 10.0.0.2'

/** An OUTPUT chain, with `1` for each rule that is ours; `0` for one that is not. */
const OUTPUTS: [what: string, texts: string[], ours: string][] = [
  ['the documented set', [UID, GID, PORT, JUMP], '1111'],
  ['others around and between', [DNAT, UID, DNAT, GID, DNAT, PORT, DNAT, JUMP, DNAT], '010101010'],
  ['a range', [UID, GID, RANGE, JUMP], '1111'],
  ['two copies', [UID, GID, PORT, JUMP, UID, GID, PORT, JUMP], '11111111'],
  ['port RETURNs in front and behind', [PORT, UID, GID, JUMP, PORT], '01110'],
  ['a port RETURN without a jump of ours behind', [UID, GID, PORT], '110'],
  ['a group RETURN in front', [GID, UID, GID, JUMP], '0111'],
  ['a second group RETURN', [UID, GID, GID, JUMP], '1101'],
  ['a group RETURN alone', [GID, PORT, JUMP], '001'],
  ['the user RETURN without the group', [UID, DNAT, JUMP], '101'],
  ['other forms', ['-m owner --uid-owner 501 -j RETURN', '-m owner --gid-owner 20-30 -j RETURN'], '00'],
]

for (const [what, texts, ours] of OUTPUTS)
  test(`in OUTPUT: ${what}`, () => {
    const positions = managedRules(
      rulesetOf([
        ['OUTPUT', texts],
        ['APISIX_REDIRECT', []],
      ]),
      NOTHING,
      'OUTPUT',
    )
    assert.is(texts.map((_, at) => (positions.has(at) ? 1 : 0)).join(''), ours)
  })

const WANTED = {
  chains: ['APISIX_REDIRECT'],
  rules: [UID, GID, PORT, JUMP].map((text) => new Rule('OUTPUT', text)),
  inFront: [],
}
const OTHER_GID = '-m owner --gid-owner 30 -j RETURN'

/** The same, where the documented set is wanted: what has the text of a wanted RETURN is ours wherever it stands. */
const DAMAGED: [what: string, texts: string[], ours: string][] = [
  ['a group RETURN alone', [GID, JUMP], '11'],
  ['a group RETURN alone, without a jump', [GID], '1'],
  ['a wanted port in front', [PORT, UID, GID, JUMP], '1111'],
  ['two group RETURNs', [UID, GID, GID, JUMP], '1111'],
  ['another group between the pair', [UID, OTHER_GID, GID, JUMP], '1011'],
  ['another group behind the user, and none that is wanted', [UID, OTHER_GID, JUMP], '111'],
  ['another group alone', [OTHER_GID, JUMP], '01'],
]

for (const [what, texts, ours] of DAMAGED)
  test(`of a wanted set: ${what}`, () => {
    const live = rulesetOf([
      ['OUTPUT', texts],
      ['APISIX_REDIRECT', []],
    ])
    const positions = managedRules(live, WANTED, 'OUTPUT')
    assert.is(texts.map((_, at) => (positions.has(at) ? 1 : 0)).join(''), ours)
  })

test('without a managed chain, nothing is ours, and what looks like it is named', () => {
  const live = rulesetOf([
    ['OUTPUT', [UID, GID, DNAT]],
    ['APISIX_OLD', []],
  ])
  assert.equal([...managedRules(live, NOTHING, 'OUTPUT')], [])
  assert.equal(foreignLookAlikes(live), ['APISIX_OLD'])
  assert.equal(strayReturns(live, NOTHING), [
    { text: UID, who: 'uid 501', count: 1 },
    { text: GID, who: 'gid 20', count: 1 },
  ])
})

test('in other chains only jumps are ours', () => {
  const live = rulesetOf([
    ['PREROUTING', [UID, GID, PORT, JUMP]],
    ['APISIX_REDIRECT', []],
  ])
  assert.equal([...managedRules(live, NOTHING, 'PREROUTING')], [3])
})

test.run()
