import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseSaved } from '../../src/ruleset/parse'
import { asLoop, trace, type Verdict } from '../../src/trace/trace'
import { connectionOf } from './connections'
import { tableOf } from './tables'

/** Documented example 4, rule by rule. */
const PAIR = [
  'OUTPUT ! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN',
  'OUTPUT -m owner --gid-owner 20 -j RETURN',
]
const HOOK = 'PREROUTING -p tcp -j APISIX_INBOUND'
const INBOUND = [
  'APISIX_INBOUND -p tcp -m tcp --dport 80 -j APISIX_REDIRECT',
  'APISIX_INBOUND -p tcp -m tcp --dport 443 -j APISIX_REDIRECT',
  'APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080',
]
const OUTBOUND = 'OUTPUT -p tcp -m tcp --dport 80 -j APISIX_REDIRECT'
const EXAMPLE_4 = [...PAIR, OUTBOUND, HOOK, ...INBOUND]
const ISOLATED = [
  'OUTPUT -p tcp -j APISIX_OUTPUT',
  ...[...PAIR, OUTBOUND].map((rule) => rule.replace('OUTPUT', 'APISIX_OUTPUT')),
  HOOK,
  ...INBOUND,
]
const CAPTURE = [
  HOOK,
  'APISIX_INBOUND -p tcp -m tcp --dport 22 -j RETURN',
  'APISIX_INBOUND -p tcp -j APISIX_INBOUND_REDIRECT',
  'APISIX_INBOUND_REDIRECT -p tcp -j REDIRECT --to-ports 9081',
]
const SELF_CALLS = [
  'OUTPUT -p tcp -j APISIX_OUTPUT',
  'APISIX_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m owner --uid-owner 501 -j APISIX_REDIRECT',
  'APISIX_OUTPUT ! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN',
  'APISIX_OUTPUT -m owner --gid-owner 20 -j RETURN',
  'APISIX_OUTPUT -p tcp -m tcp --dport 80 -j APISIX_REDIRECT',
  'APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080',
]
const DOCKER = [
  'DOCKER -i docker0 -j RETURN',
  'DOCKER ! -i docker0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80',
]
const TO_DOCKER = 'PREROUTING -m addrtype --dst-type LOCAL -j DOCKER'
const IN = '--in 192.0.2.7:5555 --interface eth0 --to'
const OUT = '--uid 1000 --gid 100 --out'

/** In one word or two: `intercepted 9080`, `elsewhere 10.0.0.2:80`, `unknown WHY`. */
const asText = (verdict: Verdict) => Object.values(verdict).join(' ')

/** Rules, a connection, and what becomes of it. */
type Case = [what: string, rules: string[], connection: string, verdict: string]

const VERDICTS: Case[] = [
  ['example 4, in to a port', EXAMPLE_4, `${IN} :80`, 'intercepted 9080'],
  ['example 4, in to the other port', EXAMPLE_4, `${IN} :443`, 'intercepted 9080'],
  ['example 4, in to another port', EXAMPLE_4, `${IN} :8080`, 'untouched'],
  ['example 4, in, no interface said', EXAMPLE_4, '--in 192.0.2.7 --to :80', 'intercepted 9080'],
  ['example 4, out by an application', EXAMPLE_4, `${OUT} 10.0.0.5:80`, 'intercepted 9080'],
  ['example 4, out to another port', EXAMPLE_4, `${OUT} 10.0.0.5:443`, 'untouched'],
  ['example 4, out over loopback', EXAMPLE_4, `${OUT} 127.0.0.1:80`, 'intercepted 9080'],
  ['example 4, out by the proxy', EXAMPLE_4, '--out 10.0.0.5:80 --uid 501 --gid 20', 'untouched'],
  ['example 4, out by its group', EXAMPLE_4, '--out 10.0.0.5:80 --uid 7 --gid 20', 'untouched'],
  ['example 4, by its user over lo', EXAMPLE_4, '--out 127.0.0.2:80 --uid 501 --gid 7', 'untouched'],
  ['example 4, by its user to 127.0.0.1', EXAMPLE_4, '--out 127.0.0.1:80 --uid 501 --gid 7', 'loop 9080'],
  ['example 4, by its user with another group', EXAMPLE_4, '--out 10.0.0.5:80 --uid 501 --gid 7', 'loop 9080'],
  [
    'example 4, no group said',
    EXAMPLE_4,
    '--out 10.0.0.5:80 --uid 1000',
    'unknown rule 2 of OUTPUT: the gid is not given: --gid ID',
  ],
  ['example 4, no user said, not over lo', EXAMPLE_4, '--out 10.0.0.5:80 --gid 7', 'intercepted 9080'],
  [
    'example 4, no user said, over lo',
    EXAMPLE_4,
    '--out 127.0.0.2:80 --gid 7',
    'unknown rule 1 of OUTPUT: the uid is not given: --uid ID',
  ],
  ['no rules at all', [], `${IN} :80`, 'untouched'],

  ['isolated, out', ISOLATED, `${OUT} 10.0.0.5:80`, 'intercepted 9080'],
  ['isolated, to another port', ISOLATED, `${OUT} 10.0.0.5:81`, 'untouched'],
  ['isolated, by the proxy', ISOLATED, '--out 10.0.0.5:80 --uid 501 --gid 20', 'untouched'],
  [
    'a call of the proxy to itself, redirected as it should be',
    SELF_CALLS,
    '--out 192.0.2.1:80 --interface lo --uid 501 --gid 7',
    'intercepted 9080',
  ],
  ['… to loopback is a loop', SELF_CALLS, '--out 127.0.0.1:80 --uid 501 --gid 7', 'loop 9080'],
  ['… of another machine is a loop', SELF_CALLS, '--out 10.0.0.5:80 --uid 501 --gid 7', 'loop 9080'],
  ['isolated, a loop', ISOLATED, '--out 127.0.0.1:80 --uid 501 --gid 7', 'loop 9080'],
  [
    'isolated, by the proxy, a foreign rule behind',
    [...ISOLATED, 'OUTPUT -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.9.9.9:80'],
    '--out 10.0.0.5:80 --uid 501 --gid 20',
    'elsewhere 10.9.9.9:80',
  ],
  [
    'not isolated, by the proxy, a foreign rule behind',
    [...EXAMPLE_4, 'OUTPUT -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.9.9.9:80'],
    '--out 10.0.0.5:80 --uid 501 --gid 20',
    'untouched',
  ],

  ['a port of its own for inbound', CAPTURE, `${IN} :80`, 'intercepted 9081'],
  ['22 is exempt', CAPTURE, `${IN} :22`, 'untouched'],

  ['DNAT in front', [TO_DOCKER, ...DOCKER, ...EXAMPLE_4], `${IN} :80`, 'elsewhere 172.17.0.2:80'],
  ['DNAT behind', [...EXAMPLE_4, TO_DOCKER, ...DOCKER], `${IN} :80`, 'intercepted 9080'],
  ['DNAT in front, for another port', [TO_DOCKER, ...DOCKER, ...EXAMPLE_4], `${IN} :443`, 'intercepted 9080'],
  [
    'DNAT in front, by docker0',
    [TO_DOCKER, ...DOCKER, ...EXAMPLE_4],
    '--in 172.17.0.9 --interface docker0 --to :80',
    'intercepted 9080',
  ],
  [
    'DNAT in front, no interface said',
    [TO_DOCKER, ...DOCKER, ...EXAMPLE_4],
    '--in 192.0.2.7 --to :80',
    'unknown rule 1 of DOCKER: the interface is not given: --interface NAME',
  ],
  ['ACCEPT in front', ['PREROUTING -j ACCEPT', ...EXAMPLE_4], `${IN} :80`, 'untouched'],
  ['RETURN in front', ['PREROUTING -p tcp -j RETURN', ...EXAMPLE_4], `${IN} :80`, 'untouched'],
  ['UDP in front', ['PREROUTING -p udp -j ACCEPT', ...EXAMPLE_4], `${IN} :80`, 'intercepted 9080'],
  [
    'REDIRECT of others in front',
    ['PREROUTING -p tcp -j REDIRECT --to-ports 15006', ...EXAMPLE_4],
    `${IN} :80`,
    'elsewhere :15006',
  ],
  ['REDIRECT without a port', ['OUTPUT -p tcp -j REDIRECT'], `${OUT} 10.0.0.5:80`, 'elsewhere :80'],
  ['REDIRECT to one of many', ['OUTPUT -p tcp -j REDIRECT --to-ports 1-9'], `${OUT} 10.0.0.5:80`, 'elsewhere :1-9'],
  [
    'REDIRECT to one of many in our chain',
    ['OUTPUT -j APISIX_REDIRECT', 'APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 1-9'],
    `${OUT} 10.0.0.5:80`,
    'unknown which of the ports 1-9 it gets is not known here',
  ],
  ['NETMAP', ['PREROUTING -d 192.0.2.0/24 -j NETMAP --to 10.0.0.0/24'], `${IN} 192.0.2.1:80`, 'elsewhere 10.0.0.0/24'],
  [
    'DNAT of IPv6',
    ['PREROUTING -p tcp -j DNAT --to-destination [fd00::2]:80'],
    '--in fd00::7 --to :80',
    'elsewhere [fd00::2]:80',
  ],
  [
    'a name like ours',
    ['OUTPUT -j APISIX_OLD', 'APISIX_OLD -p tcp -j REDIRECT --to-ports 9'],
    `${OUT} 10.0.0.5:80`,
    'elsewhere :9',
  ],

  [
    'RETURN to the caller',
    ['OUTPUT -j A', 'A -j RETURN', 'A -j ACCEPT', 'OUTPUT -j DNAT --to-destination 10.1.1.1'],
    `${OUT} 10.0.0.5:80`,
    'elsewhere 10.1.1.1',
  ],
  [
    'the end of a chain',
    ['OUTPUT -j A', 'A -p udp -j ACCEPT', 'OUTPUT -j DNAT --to-destination 10.1.1.1'],
    `${OUT} 10.0.0.5:80`,
    'elsewhere 10.1.1.1',
  ],
  [
    'an empty chain',
    ['OUTPUT -j A', 'A', 'OUTPUT -j DNAT --to-destination 10.1.1.1'],
    `${OUT} 10.0.0.5:80`,
    'elsewhere 10.1.1.1',
  ],
  [
    'goto, and the end',
    ['OUTPUT -g A', 'A', 'OUTPUT -j DNAT --to-destination 10.1.1.1'],
    `${OUT} 10.0.0.5:80`,
    'untouched',
  ],
  [
    'goto, and RETURN',
    ['OUTPUT -g A', 'A -j RETURN', 'OUTPUT -j DNAT --to-destination 10.1.1.1'],
    `${OUT} 10.0.0.5:80`,
    'untouched',
  ],
  [
    'goto from a chain: back to who jumped',
    [
      'OUTPUT -j A',
      'A -g B',
      'A -j DNAT --to-destination 10.2.2.2',
      'B -j RETURN',
      'OUTPUT -j DNAT --to-destination 10.1.1.1',
    ],
    `${OUT} 10.0.0.5:80`,
    'elsewhere 10.1.1.1',
  ],
  [
    'goto of one that does not match',
    ['OUTPUT -j A', 'A -p udp -g B', 'A -j DNAT --to-destination 10.2.2.2', 'B -j RETURN'],
    `${OUT} 10.0.0.5:80`,
    'elsewhere 10.2.2.2',
  ],
  ['a chain that jumps to itself', ['OUTPUT -j A', 'A -j A'], `${OUT} 10.0.0.5:80`, 'unknown A jumps back to itself'],
  [
    'two that jump to each other',
    ['OUTPUT -j A', 'A -j B', 'B -j A'],
    `${OUT} 10.0.0.5:80`,
    'unknown A jumps back to itself',
  ],
  [
    'a chain that is jumped to twice',
    ['OUTPUT -j A', 'OUTPUT -j A', 'A -j LOG', 'OUTPUT -j ACCEPT'],
    `${OUT} 10.0.0.5:80`,
    'untouched',
  ],

  ...['LOG', 'NFLOG --nflog-group 1', 'MARK --set-xmark 0x1/0x1', 'CONNMARK --save-mark', 'TRACE'].map(
    (target): Case => [
      `${target} in front`,
      [`PREROUTING -j ${target}`, ...EXAMPLE_4],
      `${IN} :80`,
      'intercepted 9080',
    ],
  ),
  ['a rule that only counts', ['PREROUTING -p tcp', ...EXAMPLE_4], `${IN} :80`, 'intercepted 9080'],
  ['a rule without a word', ['PREROUTING ', ...EXAMPLE_4], `${IN} :80`, 'intercepted 9080'],
  ...['TPROXY --on-port 1', 'SOMETHING', 'QUEUE', 'MASQUERADE'].map(
    (target): Case => [
      `${target} in front`,
      [`PREROUTING -j ${target}`, ...EXAMPLE_4],
      `${IN} :80`,
      `unknown rule 1 of PREROUTING: what the target ${target.split(' ')[0]} does is not known here`,
    ],
  ),

  [
    'a match that is not known',
    ['PREROUTING -m mark --mark 0x1 -j ACCEPT', ...EXAMPLE_4],
    `${IN} :80`,
    'unknown rule 1 of PREROUTING: explain does not support `-m mark`',
  ],
  [
    'a match that is not known, beside one that does not hold',
    ['PREROUTING -m mark --mark 0x1 -p tcp -m tcp --dport 81 -j ACCEPT', ...EXAMPLE_4],
    `${IN} :80`,
    'intercepted 9080',
  ],
  ['doubt about LOG', ['PREROUTING -m mark --mark 0x1 -j LOG', ...EXAMPLE_4], `${IN} :80`, 'intercepted 9080'],
  ['doubt about counting', ['PREROUTING -m mark --mark 0x1', ...EXAMPLE_4], `${IN} :80`, 'intercepted 9080'],
  [
    'doubt about a chain that marks',
    ['PREROUTING -m mark --mark 0x1 -j M', 'M -j MARK --set-xmark 0x2', 'M -j RETURN', 'M -j LOG', ...EXAMPLE_4],
    `${IN} :80`,
    'intercepted 9080',
  ],
  [
    'doubt about a chain that calls one that marks',
    ['PREROUTING -m mark --mark 0x1 -j M', 'M -s 10.0.0.0/8 -j N', 'N -j LOG', ...EXAMPLE_4],
    `${IN} :80`,
    'intercepted 9080',
  ],
  [
    'doubt about a chain that may accept',
    ['PREROUTING -m mark --mark 0x1 -j M', 'M -s 10.0.0.0/8 -j ACCEPT', ...EXAMPLE_4],
    `${IN} :80`,
    'unknown rule 1 of PREROUTING: explain does not support `-m mark`',
  ],
  [
    'doubt about a goto to a chain that marks',
    ['PREROUTING -m mark --mark 0x1 -g M', 'M -j LOG', ...EXAMPLE_4],
    `${IN} :80`,
    'unknown rule 1 of PREROUTING: explain does not support `-m mark`',
  ],
  [
    'doubt about RETURN',
    ['PREROUTING -j A', 'A -m mark --mark 0x1 -j RETURN', 'A -j ACCEPT', ...EXAMPLE_4],
    `${IN} :80`,
    'unknown rule 1 of A: explain does not support `-m mark`',
  ],

  [
    'another IPv6 connection',
    ['PREROUTING -p tcp -j APISIX_INBOUND', ...INBOUND],
    '--in fd00::7 --to [fd00::1]:80',
    'intercepted 9080',
  ],
]

for (const [what, rules, connection, expected] of VERDICTS)
  test(`${what}: ${expected}`, () => {
    const table = tableOf(...rules)
    const described = connectionOf(connection)
    assert.is(asText(asLoop(trace(table, described).verdict, described, table)), expected)
  })

/** What `iptables-save` says besides rules, and why nothing can be told then. */
const UNSEEN: [saved: string, why: string][] = [
  [
    "# Table `nat' contains incompatible base-chains, use 'nft' tool to list them.\n*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n",
    'chains that only nft shows are hooked too, and may take traffic first: look at `nft list ruleset`',
  ],
  ['*nat\n:OUTPUT DROP [0:0]\nCOMMIT\n', 'the policy of OUTPUT is DROP'],
]

for (const [saved, why] of UNSEEN)
  test(`what the rules do not show: ${why}`, () => {
    assert.equal(trace(parseSaved(saved), connectionOf('--out 10.0.0.5:80')).verdict, { verdict: 'unknown', why })
  })

test('the steps are the rules met, in order, with their chains and depths', () => {
  const { steps } = trace(tableOf(TO_DOCKER, ...DOCKER, ...EXAMPLE_4), connectionOf(`${IN} :443`))
  assert.equal(
    steps.map(({ chain, number, depth, matched, why }) => [chain, number, depth, matched, why]),
    [
      ['PREROUTING', 1, 0, true, 'the destination is an address of this machine'],
      ['DOCKER', 1, 1, false, 'eth0 is not docker0'],
      ['DOCKER', 2, 1, false, 'port 443 is not 80'],
      ['PREROUTING', 2, 0, true, ''],
      ['APISIX_INBOUND', 1, 1, false, 'port 443 is not 80'],
      ['APISIX_INBOUND', 2, 1, true, 'port 443 is 443'],
      ['APISIX_REDIRECT', 1, 2, true, ''],
    ],
  )
})

/** Rules of others in OUTPUT that speak of a user and loopback, but not of the proxy. */
const NOT_THE_PROXY = [
  'OUTPUT -o lo -m owner ! --uid-owner 1337 -p udp -j RETURN',
  'OUTPUT ! -o lo -m owner --uid-owner 1337 -p udp -j RETURN',
  'OUTPUT -o lo -m owner --uid-owner 1000-2000 -p udp -j RETURN',
  'OUTPUT -o lo -m owner --uid-owner 1337 -p udp -j ACCEPT',
  'OUTPUT -o lo -m owner --uid-owner 1337 -j RETURN',
  'OUTPUT -d 127.0.0.1/32 -o lo -m owner --uid-owner 1337 -j RETURN',
]

for (const rule of NOT_THE_PROXY)
  test(`not taken for the rule that names the proxy: ${rule}`, () => {
    const table = tableOf(rule, ...EXAMPLE_4)
    const described = connectionOf('--out 10.0.0.5:80 --uid 501 --gid 7')
    assert.is(asText(asLoop(trace(table, described).verdict, described, table)), 'loop 9080')
  })

test('without the rule that names the proxy nothing is a loop', () => {
  const table = tableOf(OUTBOUND, ...INBOUND)
  const described = connectionOf('--out 127.0.0.1:80 --uid 501 --gid 20')
  assert.is(asText(asLoop(trace(table, described).verdict, described, table)), 'intercepted 9080')
})

test.run()
