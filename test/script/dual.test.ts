import { join } from 'node:path'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderDocument } from '../../src/render/render'
import { renderScript } from '../../src/render/script'
import { managedSet } from '../../src/ruleset/ownership'
import { parseSaved } from '../../src/ruleset/parse'
import { previousSet } from '../../src/ruleset/previous'
import { parseRules } from '../../src/ruleset/read-any'
import { Rule } from '../../src/ruleset/rule'
import { forFamily } from '../../src/ruleset/ruleset'
import { isEmpty, transaction } from '../../src/ruleset/transaction'
import { testWith } from '../needing'
import { interceptions } from '../options'
import { situations, wantedOf } from '../ruleset/random'
import { load } from '../ruleset/simulate'
import { EMPTY } from './example'
import { SHELLS } from './shells'
import { OBEDIENT, standIns, type Tools } from './stand-ins'
import { holding, saved } from './tables'

const BOTH = { ipv4: { only: '-4 ' }, ipv6: { only: '-6 ' } }
const made = { version: '1.2.3', command: ['iptables'] }
const wanted = parseRules(
  [
    '-N APISIX_REDIRECT',
    '-A APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080',
    '-4 -A OUTPUT -d 10.0.0.0/8 -p tcp -j APISIX_REDIRECT',
    '-6 -A OUTPUT -d fd00::/8 -p tcp -j APISIX_REDIRECT',
  ].join('\n'),
)
const IN_FORCE = saved(holding(forFamily(wanted, 'ipv4')))
const IN_FORCE_6 = saved(holding(forFamily(wanted, 'ipv6')))

const LO = '00000000000000000000000000000001 01 80 10 80       lo\n'
const ETH = 'fe800000000000000000000000000001 02 40 20 80     eth0\n'

/** A second document undoes the first. */
const UNDOING: Tools = {
  save: `for f in undone sent; do [ ! -e "$HERE/$f" ] || exec cat "$HERE/after-$f"; done; exec cat "$HERE/live"`,
  restore: 'if [ -e "$HERE/sent" ]; then exec cat >"$HERE/undone"; else exec cat >"$HERE/sent"; fi',
}
const FORBIDDEN = 'cat >"$HERE/sent"; echo "Permission denied (you must be root)" >&2; exit 4'
const BROKEN: Tools = { save: 'echo "Fatal: odd" >&2; exit 3', restore: 'exit 3' }
const TWO_TABLES: Tools = { ...OBEDIENT, save: 'exec cat "$HERE/live" "$HERE/live"' }

interface Case {
  what: string
  args?: string[]
  ipv4?: Tools
  ipv6?: Tools | null
  /** What the tables hold at first, when not nothing. */
  live?: string
  live6?: string
  addresses?: string
  shell?: readonly string[]
  status: number
  says: string | RegExp
  /** The families that were written. */
  wrote?: string[]
}

const SIZE = '1 chain, 2 rules'
const MAY_BE_RESET = 'Established connections may be reset, because nothing in this table tracked them before.'
const WARNING = 'warning: ip6tables cannot be used, and there are no IPv6 addresses. Only IPv4 is set up.'
const lines = (...said: string[]) => said.map((line) => `apisix-mesh-agent: ${line}\n`).join('')

const CASES: Case[] = [
  {
    what: 'applies',
    status: 0,
    says: lines(`ipv6: applied: ${SIZE}. ${MAY_BE_RESET}`, `ipv4: applied: ${SIZE}. ${MAY_BE_RESET}`),
    wrote: ['ipv6', 'ipv4'],
  },
  {
    what: 'applies what one family lacks',
    live6: IN_FORCE_6,
    status: 0,
    says: lines('ipv6: already active. Nothing was changed.', `ipv4: applied: ${SIZE}. ${MAY_BE_RESET}`),
    wrote: ['ipv4'],
  },
  {
    what: 'active',
    live: IN_FORCE,
    live6: IN_FORCE_6,
    status: 0,
    says: lines('ipv6: already active. Nothing was changed.', 'ipv4: already active. Nothing was changed.'),
  },
  {
    what: 'cleans',
    args: ['--clean'],
    live: IN_FORCE,
    live6: IN_FORCE_6,
    ipv4: OBEDIENT,
    status: 0,
    says: lines(`ipv6: removed: ${SIZE}. ${MAY_BE_RESET}`, `ipv4: removed: ${SIZE}. ${MAY_BE_RESET}`),
    wrote: ['ipv6', 'ipv4'],
  },
  {
    what: 'nothing to clean',
    args: ['--clean'],
    status: 0,
    says: lines(
      'ipv6: no managed rules found. Nothing was changed.',
      'ipv4: no managed rules found. Nothing was changed.',
    ),
  },
  {
    what: '--check, active',
    args: ['--check'],
    live: IN_FORCE,
    live6: IN_FORCE_6,
    status: 0,
    says: lines('ipv6: active.', 'ipv4: active.'),
  },
  {
    what: '--check, only IPv4 active',
    args: ['--check'],
    live: IN_FORCE,
    status: 1,
    says: lines('ipv6: not active: no managed rules found.', 'ipv4: active.'),
  },
  {
    what: '--check, only IPv6 active',
    args: ['--check'],
    live6: IN_FORCE_6,
    status: 1,
    says: lines('ipv6: active.', 'ipv4: not active: no managed rules found.'),
  },
  {
    what: '--check, IPv4 cannot be read',
    args: ['--check'],
    ipv4: BROKEN,
    status: 2,
    says: 'iptables-save failed with',
  },
  ...(
    [
      ['there is no ip6tables', null, 'IPTABLES=HERE/iptables: HERE/ip6tables-save is not there.'],
      ['ip6tables cannot read', BROKEN, 'HERE/ip6tables-save failed with status 3. Nothing was changed.\nFatal: odd'],
      ['IPv6 is no whole table', TWO_TABLES, 'HERE/ip6tables-save shows no complete nat table. Look at'],
    ] as const
  ).flatMap(([what, ipv6, why]): Case[] => [
    {
      what: `${what}, with addresses`,
      ipv6,
      addresses: LO + ETH,
      status: 1,
      says: `apisix-mesh-agent: error: this machine has IPv6 addresses, and IPv6 cannot be redirected: ${why}`,
    },
    {
      what: `${what}, with addresses, --check`,
      ipv6,
      args: ['--check'],
      addresses: ETH,
      status: 2,
      says: 'this machine has IPv6 addresses, and IPv6 cannot be redirected: ',
    },
    {
      what: `${what}, without addresses`,
      ipv6,
      status: 0,
      says: lines(WARNING, `ipv4: applied: ${SIZE}. ${MAY_BE_RESET}`),
      wrote: ['ipv4'],
    },
    {
      what: `${what}, without IPv6 in the kernel`,
      ipv6,
      addresses: '',
      status: 0,
      says: lines(WARNING, `ipv4: applied: ${SIZE}. ${MAY_BE_RESET}`),
      wrote: ['ipv4'],
    },
    {
      what: `${what}, cleaning`,
      ipv6,
      args: ['--clean'],
      status: 0,
      says: lines('ipv4: no managed rules found. Nothing was changed.'),
    },
    {
      what: `${what}, --check`,
      ipv6,
      args: ['--check'],
      live: IN_FORCE,
      status: 0,
      says: lines(WARNING, 'ipv4: active.'),
    },
  ]),
  {
    what: 'IPv4 cannot be read',
    ipv4: BROKEN,
    status: 1,
    says: /^apisix-mesh-agent: error: \S+\/iptables-save failed with status 3. Nothing was changed.\nFatal: odd\n$/,
  },
  ...Object.entries(SHELLS).map(
    ([name, shell]): Case => ({
      what: `IPv4 fails (${name})`,
      shell,
      ipv4: { ...OBEDIENT, restore: FORBIDDEN },
      ipv6: UNDOING,
      status: 1,
      says: new RegExp(
        [
          '^apisix-mesh-agent: ipv6: applied: .*',
          'apisix-mesh-agent: error: it needs root .*\\. Nothing was changed.',
          'Permission denied \\(you must be root\\)',
          'apisix-mesh-agent: ipv6: rolled back, because the other family failed.\n$',
        ].join('\n'),
      ),
      wrote: ['ipv6', 'ipv4', 'ipv6'],
    }),
  ),
  {
    what: 'IPv4 fails, and IPv6 had not been changed',
    ipv4: { ...OBEDIENT, restore: FORBIDDEN },
    live6: IN_FORCE_6,
    status: 1,
    says: /^(?!.*rolled back)/s,
    wrote: ['ipv4'],
  },
]

const script = renderScript(wanted, BOTH, made, 'apply')

for (const { what, args, status, says, wrote = [], shell = ['sh'], ...at } of CASES)
  testWith(shell[0] ?? '', what, () => {
    const isCleaning = args?.includes('--clean')
    const stand = standIns(at.ipv4 ?? OBEDIENT, 'awk', at.ipv6 === undefined ? OBEDIENT : at.ipv6)
    for (const [folder, live, after] of [
      ['', at.live ?? EMPTY, IN_FORCE],
      ['ipv6/', at.live6 ?? EMPTY, IN_FORCE_6],
    ] as const) {
      stand.put(`${folder}live`, live)
      for (const name of ['after', 'after-sent']) stand.put(folder + name, isCleaning ? EMPTY : after)
      stand.put(`${folder}after-undone`, live)
    }
    stand.put('addresses', at.addresses ?? LO)
    const text = script.replaceAll('/proc/net/if_inet6', join(stand.here, 'addresses'))
    const said = stand.run(shell, text, args)
    const expected = typeof says === 'string' ? says.replaceAll('HERE', stand.here) : says
    if (typeof expected === 'string' && expected.endsWith('\n') && expected.startsWith('apisix'))
      assert.is(said.stderr, expected)
    else assert.match(said.stderr, expected)
    assert.is(said.stdout, '')
    assert.is(said.status, status)
    const writes = stand.started().filter((line) => line.includes('restore'))
    assert.equal(
      writes.map((line) => (line.startsWith('ipv6 ') ? 'ipv6' : 'ipv4')),
      wrote,
    )
  })

test('ip6tables is named as iptables is', () => {
  const only6 = renderScript(forFamily(wanted, 'ipv6'), { ipv4: null, ipv6: { only: '' } }, made, 'apply')
  for (const [given, meant] of [
    ['iptables-nosuch', 'ip6tables-nosuch'],
    ['/no/iptables/iptables-nft', '/no/iptables/ip6tables-nft'],
    ['ip6tables-nosuch', 'ip6tables-nosuch'],
  ])
    assert.match(
      standIns(OBEDIENT).run(['sh'], only6, [], { IPTABLES: given }).stderr,
      `IPTABLES=${given}: ${meant}-save is not there`,
    )
})

test('each family gets its own lines, and IPv6 is rolled back to what it was, whatever that is', () => {
  const tools = standIns({ ...OBEDIENT, restore: FORBIDDEN }, 'awk', UNDOING)
  const likely = fc.tuple(situations, situations, interceptions.map(wantedOf), interceptions.map(wantedOf))
  fc.assert(
    fc.property(likely, ([here, there, one, two]) => {
      const rules = [
        ...one.rules.map(({ chain, text }) => new Rule(chain, text, '-4 ')),
        ...two.rules.map(({ chain, text }) => new Rule(chain, text, '-6 ')),
      ]
      const both = { chains: [...new Set([...one.chains, ...two.chains])], rules, inFront: one.inFront }
      const live = parseSaved(saved(there.live))
      const change = transaction(live, forFamily(both, 'ipv6'))
      const after = isEmpty(change) ? live : load(live, renderDocument(change))
      const undo = transaction(after, previousSet(live))
      const back = isEmpty(undo) ? after : load(after, renderDocument(undo))
      tools.forget()
      tools.put('live', saved(here.live))
      tools.put('ipv6/live', saved(live))
      tools.put('ipv6/after-sent', saved(after))
      tools.put('ipv6/after-undone', saved(back))
      const { status, stderr } = tools.run(['sh'], renderScript(both, BOTH, made, 'apply'))
      const change4 = transaction(parseSaved(saved(here.live)), forFamily(both, 'ipv4'))
      assert.is(tools.sent(), isEmpty(change4) ? '' : renderDocument(change4))
      assert.is(tools.sent('ipv6/sent'), isEmpty(change) ? '' : renderDocument(change))
      if (isEmpty(change4)) return
      assert.is(status, 1)
      assert.is(stderr.includes('ipv6: rolled back, because the other family failed.\n'), !isEmpty(change))
      assert.equal(managedSet(parseSaved(saved(back))), managedSet(live))
      if (!isEmpty(change)) assert.is(tools.sent('ipv6/undone'), renderDocument(undo))
    }),
    { numRuns: 60 },
  )
})

test.run()
