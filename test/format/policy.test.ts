import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatMermaid } from '../../src/format/mermaid'
import { PLAIN } from '../../src/format/paint'
import { describePolicy, formatPolicy, sentencesOf } from '../../src/format/policy'
import { tableOf } from '../trace/tables'

/** Rules, and the sentences that say what comes in; that all else bypasses the proxy is left out. */
const SENTENCES: [rules: string[], ...sentences: string[]][] = [
  [[], 'Everything bypasses the proxy.'],
  [['PREROUTING -p tcp -j ACCEPT'], 'Everything bypasses the proxy.'],
  [['PREROUTING -p udp -j REDIRECT --to-ports 9'], 'Everything bypasses the proxy.'],
  [['PREROUTING -j REDIRECT --to-ports 9'], 'TCP is redirected to port 9.'],
  [['PREROUTING ! -p udp -j REDIRECT --to-ports 9'], 'TCP is redirected to port 9.'],
  [['PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9'], 'TCP to port 80 is redirected to port 9.'],
  [['PREROUTING -p tcp -m tcp --dport 80:90 -j REDIRECT --to-ports 9'], 'TCP to ports 80-90 is redirected to port 9.'],
  [
    ['PREROUTING -p tcp -m multiport --dports 80,90:95 -j REDIRECT --to-ports 9'],
    'TCP to ports 80, 90-95 is redirected to port 9.',
  ],
  [
    [
      'PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9',
      'PREROUTING -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 9',
    ],
    'TCP to ports 80, 443 is redirected to port 9.',
  ],
  [
    [
      'PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9',
      'PREROUTING -p tcp -m multiport --dports 81,82 -j REDIRECT --to-ports 9',
    ],
    'TCP to ports 80-82 is redirected to port 9.',
  ],
  [
    ['PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9', 'PREROUTING -p tcp -m tcp --dport 80 -j RETURN'],
    'TCP to port 80 is redirected to port 9.',
  ],
  [['PREROUTING -p tcp -m tcp ! --dport 80 -j REDIRECT --to-ports 9'], 'TCP, not to port 80, is redirected to port 9.'],
  [
    ['PREROUTING -s 10.0.0.0/8 ! -d 10.1.2.3/32 -j REDIRECT --to-ports 9'],
    'TCP, not to 10.1.2.3, from 10.0.0.0/8, is redirected to port 9.',
  ],
  [['PREROUTING ! -i eth+ -j REDIRECT --to-ports 9'], 'TCP, not in by eth+, is redirected to port 9.'],
  [['PREROUTING -p tcp -m tcp --sport 53 -j REDIRECT --to-ports 9'], 'TCP from port 53 is redirected to port 9.'],
  [
    ['PREROUTING -m addrtype --dst-type LOCAL -j REDIRECT --to-ports 9'],
    'TCP to this machine is redirected to port 9.',
  ],
  [
    ['PREROUTING -m mark --mark 0x1/0x1 -j REDIRECT --to-ports 9'],
    'TCP, where `-m mark --mark 0x1/0x1` matches, is redirected to port 9.',
  ],
  [
    ['PREROUTING -m mark ! --mark 0x1/0x1 -j REDIRECT --to-ports 9'],
    'TCP, except where `-m mark --mark 0x1/0x1` matches, is redirected to port 9.',
  ],
  [['PREROUTING -m dscp -j REDIRECT --to-ports 9'], 'TCP, where `-m dscp` matches, is redirected to port 9.'],
  [['PREROUTING -m comment --comment "-j LOG" -j REDIRECT --to-ports 9'], 'TCP is redirected to port 9.'],
  [['PREROUTING -p tcp -j LOG'], 'Everything bypasses the proxy.'],
  [['PREROUTING -p tcp'], 'Everything bypasses the proxy.'],
  [['PREROUTING -p tcp -j TPROXY --on-port 1'], 'TCP goes to the target TPROXY, which explain does not support.'],
  [['PREROUTING -j DNAT --to-destination 10.0.0.1'], 'TCP goes to 10.0.0.1, by a foreign rule.'],
  [['PREROUTING -j REDIRECT'], 'TCP is redirected to the same port of this machine.'],
  [
    ['PREROUTING -p tcp -m tcp --dport 80:90 -j X', 'X -p tcp -m multiport --dports 1:81,443 -j REDIRECT --to-ports 9'],
    'TCP to ports 80-81 is redirected to port 9.',
  ],
  [
    ['PREROUTING -p tcp -m tcp --dport 81 -j X', 'X -p tcp -m tcp --dport 8000:9000 -j REDIRECT --to-ports 9'],
    'Everything bypasses the proxy.',
  ],
  [
    [
      'PREROUTING -p tcp -j APISIX_INBOUND',
      'APISIX_INBOUND -p tcp -j APISIX_REDIRECT',
      'APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080',
    ],
    'TCP goes to the proxy, on port 9080.',
  ],
  [
    ['PREROUTING -s 10.0.0.0/8 -j X', 'X -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 9', 'X -j RETURN'],
    'TCP to port 80, from 10.0.0.0/8, is redirected to port 9.',
  ],
  [
    [
      'PREROUTING -s 10.0.0.0/8 -j X',
      'PREROUTING -p tcp -j REDIRECT --to-ports 9',
      'X -p tcp -m tcp --dport 22 -j RETURN',
      'X -p tcp -j ACCEPT',
    ],
    'TCP to port 22 is redirected to port 9.',
    'TCP from 10.0.0.0/8 bypasses the proxy.',
    'TCP is redirected to port 9.',
  ],
  [
    [
      'PREROUTING -p tcp -j APISIX_INBOUND',
      'PREROUTING -p tcp -m tcp --dport 22 -j DNAT --to-destination 10.0.0.1',
      'APISIX_INBOUND -p tcp -m tcp --dport 22 -j RETURN',
      'APISIX_INBOUND -p tcp -j REDIRECT --to-ports 9080',
    ],
    'TCP to port 22 goes to 10.0.0.1, by a foreign rule.',
    'TCP goes to the proxy, on port 9080.',
  ],
  [
    [
      'PREROUTING -p tcp -m tcp --dport 80 -g X',
      'PREROUTING -p tcp -j REDIRECT --to-ports 1',
      'X -s 10.0.0.0/8 -j REDIRECT --to-ports 2',
    ],
    'TCP to port 80, from 10.0.0.0/8, is redirected to port 2.',
    'TCP to port 80 bypasses the proxy.',
    'TCP is redirected to port 1.',
  ],
  [
    [
      'PREROUTING -j ZONES',
      'PREROUTING -p tcp -j REDIRECT --to-ports 1',
      'ZONES -i eth0 -g ZONE',
      'ZONE -s 10.0.0.0/8 -j REDIRECT --to-ports 2',
    ],
    'TCP from 10.0.0.0/8, in by eth0, is redirected to port 2.',
    'TCP is redirected to port 1.',
  ],
  [
    [
      'PREROUTING -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.0.0.1',
      'PREROUTING -j DNAT --to-destination 10.0.0.2',
    ],
    'TCP goes by chance to 10.0.0.1 or 10.0.0.2, by foreign rules.',
  ],
  [
    ['PREROUTING -m statistic --mode random --probability 0.5 -j REDIRECT --to-ports 9'],
    'TCP by chance bypasses the proxy or is redirected to port 9.',
  ],
  [
    ['PREROUTING -p tcp -m multiport --ports 80 -j REDIRECT --to-ports 9'],
    'TCP from port 80 is redirected to port 9.',
    'TCP to port 80 is redirected to port 9.',
  ],
  [
    ['PREROUTING -p tcp -m comment --comment "a \u001b[31m b" -m mark --mark "\u001b[31m" -j REDIRECT --to-ports 9'],
    'TCP, where `-m mark --mark \\u001b[31m` matches, is redirected to port 9.',
  ],
  [
    [
      'PREROUTING -p tcp -m tcp --dport 22 -j ACCEPT',
      'PREROUTING -s 10.0.0.0/8 -p tcp -m tcp --dport 22 -j REDIRECT --to-ports 9',
      'PREROUTING -p tcp -m tcp --dport 1:100 -j REDIRECT --to-ports 9',
    ],
    'TCP to port 22 bypasses the proxy.',
    'TCP to ports 1-100 is redirected to port 9.',
  ],
]

for (const [rules, ...expected] of SENTENCES)
  test(rules.join('; ') || 'no rules', () => {
    const said = sentencesOf(describePolicy(tableOf(...rules), 'ipv4').explanation.in)
    const isAll = /^(Everything|TCP (is|goes|by chance)) /.test(expected.at(-1) ?? '')
    assert.equal(said, isAll ? expected : [...expected, 'Anything else bypasses the proxy.'])
  })

const policyFor = (...rules: string[]) => describePolicy(tableOf(...rules), 'ipv4')

const SHARED = ['PREROUTING -j X', 'OUTPUT -j X', 'X -p tcp -j Y', 'X -p udp -j Y', 'Y -j ACCEPT']

test('the tree shows a chain once for each way', () => {
  const [, tree = ''] = formatPolicy(policyFor(...SHARED), PLAIN).split(/^(?=PREROUTING)/m)
  assert.is(
    tree,
    `\
PREROUTING
└─ everything → X
   ├─ TCP → Y
   │  └─ everything → ACCEPT
   └─ UDP → Y (see above)

OUTPUT
└─ everything → X
   ├─ TCP → Y
   │  └─ everything → ACCEPT
   └─ UDP → Y (see above)
`,
  )
})

test('chains that jump back to themselves end', () => {
  const policy = policyFor('OUTPUT -j X', 'X -j Y', 'Y -j X')
  assert.match(formatPolicy(policy, PLAIN), /everything → Y\n +└─ everything → X/)
  assert.match(formatMermaid([['IPv4', policy]], true), 'flowchart LR')
})

test('the picture has every rule once, also of chains that both ways meet', () => {
  const edges = formatMermaid([['IPv4', policyFor(...SHARED)]], true)
    .split('\n')
    .filter((line) => line.includes('-->'))
  assert.equal(edges, [...new Set(edges)])
  assert.is(edges.length, SHARED.length)
})

test('the picture keeps text of others in its quotes', () => {
  const picture = formatMermaid([['IPv4', policyFor('OUTPUT -m mark --mark "\\"]|<b>`#" -j X', 'X -j ACCEPT')]], true)
  assert.match(picture, '|"1. everything with --mark #34;]#124;#60;b#62;#96;#35;"|')
})

test.run()
