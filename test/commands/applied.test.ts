import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rulesetOf } from '../ruleset/texts'
import { cli, words } from '../support'
import { tablesInMemory } from './memory'

const APPLY = 'iptables --apisix-user 501:20 --inbound-ports 80'
const DUAL = `${APPLY} --ip-family dual`
const MAY_BE_RESET = 'Established connections may be reset, because nothing in this table tracked them before.'
const NOT_AFFECTED = 'Established connections are not affected.'

/** What depends on the machine on which this runs. */
const OF_THE_MACHINE = /\[(ipv6-not-intercepted|forwarded-redirected|on-a-node|proxy-loops)\]$/

/** What stands in OUTPUT before, and commands with what they say. */
const STEPS: [what: string, foreign: string[], ...steps: [command: string, ...said: string[]][]][] = [
  [
    'one family',
    [],
    [APPLY, `applied: 2 chains, 5 rules (legacy). ${MAY_BE_RESET}`],
    [APPLY, 'already active. Nothing was changed.'],
    [`${APPLY},81`, `applied: 2 chains, 6 rules (legacy). ${NOT_AFFECTED}`],
    ['cleanup-iptables', `removed: 2 chains, 6 rules (legacy). ${MAY_BE_RESET}`],
    ['cleanup-iptables', 'no managed rules found. Nothing was changed.'],
    [
      `${APPLY} --strict --allow ipv6-not-intercepted,on-a-node,forwarded-redirected`,
      `applied: 2 chains, 5 rules (legacy). ${MAY_BE_RESET}`,
    ],
  ],
  [
    'both families',
    [],
    [DUAL, ...['ipv6', 'ipv4'].map((family) => `${family}: applied: 2 chains, 5 rules (legacy). ${MAY_BE_RESET}`)],
    [DUAL, ...['ipv6', 'ipv4'].map((family) => `${family}: already active. Nothing was changed.`)],
    [
      'cleanup-iptables --ip-family dual',
      `removed: 2 chains, 5 rules (legacy, IPv6). ${MAY_BE_RESET}`,
      `removed: 2 chains, 5 rules (legacy). ${MAY_BE_RESET}`,
    ],
  ],
  [
    'IPv6 alone',
    [],
    [`${APPLY} --ip-family ipv6`, `applied: 2 chains, 5 rules (legacy). ${MAY_BE_RESET}`],
    ['cleanup-iptables --ip-family ipv4', 'no managed rules found. Nothing was changed.'],
    ['cleanup-iptables --ip-family ipv6', `removed: 2 chains, 5 rules (legacy, IPv6). ${MAY_BE_RESET}`],
  ],
  [
    'a foreign rule that tracks connections',
    ['-p tcp -m tcp --dport 9 -j DNAT --to-destination 10.0.0.1'],
    [APPLY, `applied: 2 chains, 5 rules (legacy). ${NOT_AFFECTED}`],
    ['cleanup-iptables', `removed: 2 chains, 5 rules (legacy). ${NOT_AFFECTED}`],
  ],
  [
    'a foreign rule in front of all',
    ['-p tcp -j DNAT --to-destination 10.0.0.1'],
    [
      'iptables --apisix-user 501:20 --outbound-ports 80 --strict --allow ipv6-not-intercepted,on-a-node',
      'error: --strict: "shadowed" is a warning: a foreign rule in front takes port 80: `-A OUTPUT -p tcp -j DNAT --to-destination 10.0.0.1`. Use --jump-position first to put the managed rules in front. Use --allow shadowed to accept it.',
      'error: nothing was changed.',
    ],
  ],
]

for (const [what, foreign, ...steps] of STEPS)
  test(what, async () => {
    const { tables, run, tools } = tablesInMemory()
    tables.ipv4 = new Map([...tables.ipv4, ...rulesetOf([['OUTPUT', foreign]])])
    for (const [command, ...said] of steps) {
      const { status, stdout, stderr } = await cli(words(`${command} ${tools}`), { run })
      assert.equal(linesOf(stderr), said, command)
      assert.equal([status, stdout], [said.some((line) => line.startsWith('error:')) ? 1 : 0, ''])
    }
    assert.equal(tables.ipv4.get('OUTPUT')?.filter(({ text }) => foreign.includes(text)).length, foreign.length)
  })

const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .filter((line) => !OF_THE_MACHINE.test(line))
    .map((line) => line.replace('apisix-mesh-agent: ', ''))

test('IPv4 is refused: IPv6 is rolled back', async () => {
  const { tables, run, tools } = tablesInMemory({ family: 'ipv4', part: 'APISIX' })
  const { status, stderr } = await cli(words(`${DUAL} ${tools}`), { run })
  assert.equal(linesOf(stderr).slice(0, 2), [
    `ipv6: applied: 2 chains, 5 rules (legacy). ${MAY_BE_RESET}`,
    'ipv6: rolled back, because the other family failed.',
  ])
  assert.match(stderr, 'error: ')
  assert.equal([status, tables.ipv6.has('APISIX_REDIRECT')], [1, false])
})

test('--verbose: the backend and the document', async () => {
  const { folder, run, tools } = tablesInMemory()
  const restore = join(folder, 'iptables-legacy-restore')
  const found = await cli(words(`${APPLY} --verbose ${tools}`), { run })
  assert.match(found.stderr, `backend legacy (${restore}), as found\n`)
  assert.match(found.stderr, `to ${restore}:\n*nat\n`)
  const given = await cli(words(`${APPLY} --verbose --backend legacy`), { run, env: { PATH: folder } })
  assert.match(given.stderr, `backend legacy (${restore}), as given\n`)
})

test('confirm, when nothing waits for it', async () => {
  const { status, stdout, stderr } = await cli(['confirm'])
  assert.match(stderr, /^apisix-mesh-agent: error: (nothing is waiting for confirmation|the rollback guard cannot be)/)
  assert.equal([status, stdout], [1, ''])
})

test.run()
