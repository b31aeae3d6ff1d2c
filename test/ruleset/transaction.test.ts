import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderDocument } from '../../src/render/render'
import { parseSaved } from '../../src/ruleset/parse'
import { parseRules } from '../../src/ruleset/read-any'
import { isEmpty, NOTHING, transaction } from '../../src/ruleset/transaction'

const WANTED = `\
-N APISIX_REDIRECT
-N APISIX_INBOUND
-A APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080
-A OUTPUT -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 501 -j RETURN
-A OUTPUT -m owner --gid-owner 20 -j RETURN
-A PREROUTING -p tcp -j APISIX_INBOUND
-A APISIX_INBOUND -p tcp --dport 80 -j APISIX_REDIRECT
-A OUTPUT -p tcp --dport 80 -j APISIX_REDIRECT`

/** A live table from its `-A` lines; chains are declared as they come up. */
function table(rules: string) {
  const lines = rules.split('\n').filter(Boolean)
  const chains = new Set(['PREROUTING', 'OUTPUT', ...lines.map((line) => line.split(' ')[1])])
  const declared = [...chains].map((chain) => `:${chain} - [0:0]`)
  return parseSaved(['*nat', ...declared, ...lines.filter((line) => line.startsWith('-A')), 'COMMIT', ''].join('\n'))
}

const UID = '! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN'
const GID = '-m owner --gid-owner 20 -j RETURN'
const LIVE = WANTED.replaceAll('--dport', '-m tcp --dport').replace(/-o lo .*/, UID)
const OUT = '-p tcp -m tcp --dport 80 -j APISIX_REDIRECT'
const ADD_OUT = ['-A OUTPUT -o lo ! -d 127.0.0.1/32 -m owner --uid-owner 501 -j RETURN', `-A OUTPUT ${GID}`]
const ADD_JUMP = '-A OUTPUT -p tcp --dport 80 -j APISIX_REDIRECT'

/** From a live table to the wanted rules: the lines between `*nat` and `COMMIT`. */
const OTHER_GID = '-m owner --gid-owner 77 -j RETURN'

const CHANGES: [what: string, live: string, lines: string[]][] = [
  ['already active', LIVE, []],
  ['an empty table', '', WANTED.split('\n')],
  [
    'others around and between: the block stays',
    LIVE.replace('-A OUTPUT -m owner', '-A OUTPUT -j LOG\n-A OUTPUT -m owner').replace(
      '-A PREROUTING',
      '-A PREROUTING -j LOG\n-A PREROUTING',
    ),
    [],
  ],
  [
    'another port in a managed chain',
    LIVE.replace('--to-ports 9080', '--to-ports 9081'),
    [':APISIX_REDIRECT - [0:0]', '-A APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080'],
  ],
  [
    'a chain that is empty',
    LIVE.replace('-A APISIX_INBOUND -p tcp -m tcp --dport 80 -j APISIX_REDIRECT', '-N APISIX_INBOUND'),
    [':APISIX_INBOUND - [0:0]', '-A APISIX_INBOUND -p tcp --dport 80 -j APISIX_REDIRECT'],
  ],
  ['a chain that is not hooked', LIVE.replace(/-A PREROUTING.*/, ''), ['-A PREROUTING -p tcp -j APISIX_INBOUND']],
  [
    'another user: the whole block anew',
    LIVE.replace('501', '502'),
    [`-D OUTPUT ${UID.replace('501', '502')}`, `-D OUTPUT ${GID}`, `-D OUTPUT ${OUT}`, ...ADD_OUT, ADD_JUMP],
  ],
  [
    'a doubled hook: every copy goes, one comes',
    LIVE.replace('-A PREROUTING -p tcp -j APISIX_INBOUND', '$&\n$&'),
    [
      '-D PREROUTING -p tcp -j APISIX_INBOUND',
      '-D PREROUTING -p tcp -j APISIX_INBOUND',
      '-A PREROUTING -p tcp -j APISIX_INBOUND',
    ],
  ],
  [
    'a hook of ours where we want none',
    `${LIVE}\n-A PREROUTING -j APISIX_REDIRECT\n-A FOREIGN -g APISIX_INBOUND`,
    [
      '-D PREROUTING -p tcp -j APISIX_INBOUND',
      '-D PREROUTING -j APISIX_REDIRECT',
      '-D FOREIGN -g APISIX_INBOUND',
      '-A PREROUTING -p tcp -j APISIX_INBOUND',
    ],
  ],
  ['a managed chain that is not wanted', `${LIVE}\n-N APISIX_OUTPUT`, ['-F APISIX_OUTPUT', '-X APISIX_OUTPUT']],
  [
    'a wanted RETURN in front of foreign rules: what is left of a damaged set, so that every copy goes',
    LIVE.replace(`-A OUTPUT ${UID}`, `-A OUTPUT ${GID}\n-A OUTPUT -j LOG\n-A OUTPUT ${UID.replace('501', '502')}`),
    [
      `-D OUTPUT ${GID}`,
      `-D OUTPUT ${UID.replace('501', '502')}`,
      `-D OUTPUT ${GID}`,
      `-D OUTPUT ${OUT}`,
      ...ADD_OUT,
      ADD_JUMP,
    ],
  ],
  [
    'a rule equal to ours in front, with others between: theirs is not moved, ours stays behind',
    LIVE.replace(
      `-A OUTPUT ${UID}`,
      `-A OUTPUT ${OTHER_GID}\n-A OUTPUT -j LOG\n-A OUTPUT ${UID.replace('501', '502')}`,
    ).replace(`-A OUTPUT ${GID}`, `-A OUTPUT ${OTHER_GID}`),
    [`-D OUTPUT ${UID.replace('501', '502')}`, `-D OUTPUT ${OUT}`, ...ADD_OUT, ADD_JUMP],
  ],
]

for (const [what, live, lines] of CHANGES)
  test(what, () => {
    const change = transaction(table(live), parseRules(WANTED))
    assert.equal(renderDocument(change).split('\n').slice(1, -2), lines)
    assert.is(isEmpty(change), lines.length === 0)
  })

test('cleaning up undoes chains that jump back, whatever their order', () => {
  const live = table(`${LIVE}\n-A APISIX_REDIRECT -j APISIX_INBOUND`)
  assert.equal(renderDocument(transaction(live, NOTHING)).split('\n').slice(1, 3), [
    ':APISIX_REDIRECT - [0:0]',
    '-D PREROUTING -p tcp -j APISIX_INBOUND',
  ])
})

test.run()
