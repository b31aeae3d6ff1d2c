import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatMermaid } from '../../src/format/mermaid'
import { PLAIN } from '../../src/format/paint'
import { formatPolicy, sentences } from '../../src/format/policy'
import { policyOf } from '../../src/trace/policy'
import { tableOf } from '../trace/tables'

/** Rules, and the sentences that say what comes in; the last of them, which is always the same, is left out. */
const SENTENCES: [rules: string[], ...sentences: string[]][] = [
  [[]],
  [['PREROUTING -p tcp -j ACCEPT'], 'TCP bypasses the proxy.'],
  [['PREROUTING -j RETURN'], 'Everything bypasses the proxy.'],
  [['PREROUTING ! -p udp -j ACCEPT'], 'All but UDP bypasses the proxy.'],
  [['PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT'], 'TCP to port 80 bypasses the proxy.'],
  [['PREROUTING -p tcp -m tcp --dport 80:90 -j ACCEPT'], 'TCP to ports 80-90 bypasses the proxy.'],
  [['PREROUTING -p tcp -m multiport --dports 80,90:95 -j ACCEPT'], 'TCP to ports 80, 90-95 bypasses the proxy.'],
  [
    ['PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT', 'PREROUTING -p tcp -m tcp --dport 443 -j ACCEPT'],
    'TCP to ports 80, 443 bypasses the proxy.',
  ],
  [
    ['PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT', 'PREROUTING -p tcp -m multiport --dports 81,82 -j ACCEPT'],
    'TCP to ports 80, 81, 82 bypasses the proxy.',
  ],
  [
    ['PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT', 'PREROUTING -p udp -m udp --dport 80 -j ACCEPT'],
    'TCP to port 80 bypasses the proxy.',
    'UDP to port 80 bypasses the proxy.',
  ],
  [
    ['PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT', 'PREROUTING -p tcp -m tcp --dport 80 -j RETURN'],
    'TCP to port 80 bypasses the proxy.',
    'TCP to port 80 bypasses the proxy.',
  ],
  [['PREROUTING -p tcp -m tcp ! --dport 80 -j ACCEPT'], 'TCP with ! --dport 80 bypasses the proxy.'],
  [
    ['PREROUTING -s 10.0.0.0/8 ! -d 10.1.2.3/32 -j ACCEPT'],
    'Everything from 10.0.0.0/8, not to 10.1.2.3 bypasses the proxy.',
  ],
  [['PREROUTING ! -i eth+ -j ACCEPT'], 'Everything not in by eth+ bypasses the proxy.'],
  [['PREROUTING -p tcp -m tcp --sport 53 -j ACCEPT'], 'TCP from port 53 bypasses the proxy.'],
  [
    ['PREROUTING -m addrtype --dst-type LOCAL -j ACCEPT'],
    'Everything to an address of this machine bypasses the proxy.',
  ],
  [['PREROUTING -m mark --mark 0x1/0x1 -j ACCEPT'], 'Everything with --mark 0x1/0x1 bypasses the proxy.'],
  [['PREROUTING -m mark ! --mark 0x1/0x1 -j ACCEPT'], 'Everything with ! --mark 0x1/0x1 bypasses the proxy.'],
  [['PREROUTING -m dscp -j ACCEPT'], 'Everything with -m dscp bypasses the proxy.'],
  [['PREROUTING -m comment --comment "-j LOG" -j ACCEPT'], 'Everything bypasses the proxy.'],
  [['PREROUTING -p tcp -j LOG']],
  [['PREROUTING -p tcp']],
  [['PREROUTING -p tcp -j TPROXY --on-port 1'], 'TCP meets TPROXY.'],
  [['PREROUTING -j DNAT --to-destination 10.0.0.1'], 'Everything goes to 10.0.0.1, by a foreign rule.'],
  [['PREROUTING -j REDIRECT'], 'Everything goes to the same port of this machine, by a foreign rule.'],
  [
    ['PREROUTING -p tcp -m tcp --dport 80:90 -j X', 'X -p tcp -m multiport --dports 1:81,443 -j ACCEPT'],
    'TCP to ports 80-81 bypasses the proxy.',
  ],
  [['PREROUTING -p tcp -m tcp --dport 81 -j X', 'X -p tcp -m tcp --dport 8000:9000 -j ACCEPT']],
  [['PREROUTING -j REDIRECT --to-ports 9080'], 'Everything goes to :9080, by a foreign rule.'],
  [
    [
      'PREROUTING -p tcp -j APISIX_INBOUND',
      'APISIX_INBOUND -p tcp -j APISIX_REDIRECT',
      'APISIX_REDIRECT -p tcp -j REDIRECT --to-ports 9080',
    ],
    'TCP goes to the proxy, on port 9080.',
  ],
  [
    ['PREROUTING -s 10.0.0.0/8 -j X', 'X -p tcp -m tcp --dport 80 -j ACCEPT', 'X -j RETURN'],
    'TCP to port 80, from 10.0.0.0/8 bypasses the proxy.',
    'Everything from 10.0.0.0/8 bypasses the proxy.',
  ],
  [
    ['PREROUTING -s 10.0.0.0/8 -j X', 'PREROUTING -p tcp -j Y', 'X -j RETURN', 'Y -g Z', 'Z -j RETURN'],
    'Everything from 10.0.0.0/8 is for the rules after these.',
    'TCP bypasses the proxy.',
  ],
  [
    [
      'PREROUTING -p tcp -j APISIX_INBOUND',
      'PREROUTING -p tcp -m tcp --dport 22 -j DNAT --to-destination 10.0.0.1',
      'APISIX_INBOUND -p tcp -m tcp --dport 22 -j RETURN',
    ],
    'TCP to port 22 is for the rules after these.',
    'TCP to port 22 goes to 10.0.0.1, by a foreign rule.',
  ],
  [['PREROUTING -p tcp -m tcp --dport 80 -j X', 'X -p tcp -j ACCEPT'], 'TCP to port 80 bypasses the proxy.'],
  [
    [
      'PREROUTING -p tcp -m tcp --dport 80 -g X',
      'PREROUTING -p tcp -j REDIRECT --to-ports 1',
      'X -s 10.0.0.0/8 -j ACCEPT',
    ],
    'TCP to port 80, from 10.0.0.0/8 bypasses the proxy.',
    'TCP to port 80 bypasses the proxy.',
    'TCP goes to :1, by a foreign rule.',
  ],
  [
    [
      'PREROUTING -j ZONES',
      'PREROUTING -p tcp -j REDIRECT --to-ports 1',
      'ZONES -i eth0 -g ZONE',
      'ZONE -s 10.0.0.0/8 -j ACCEPT',
    ],
    'Everything in by eth0, from 10.0.0.0/8 bypasses the proxy.',
    'Everything in by eth0 is for the rules after these.',
    'TCP goes to :1, by a foreign rule.',
  ],
  [
    ['PREROUTING -p tcp -m comment --comment "a \u001b[31m b" -m mark --mark "\u001b[31m" -j ACCEPT'],
    'TCP with --mark \\u001b[31m bypasses the proxy.',
  ],
]

for (const [rules, ...expected] of SENTENCES)
  test(rules.join('; ') || 'no rules', () => {
    const said = sentences(policyOf(tableOf(...rules), 'PREROUTING'))
    assert.equal(said, [...expected, 'Anything else bypasses the proxy.'])
  })

const policyFor = (...rules: string[]) => {
  const table = tableOf(...rules)
  return { in: policyOf(table, 'PREROUTING'), out: policyOf(table, 'OUTPUT') }
}

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
  assert.match(formatMermaid([['IPv4', policy]]), 'flowchart LR')
})

test('the picture has every rule once, also of chains that both ways meet', () => {
  const edges = formatMermaid([['IPv4', policyFor(...SHARED)]])
    .split('\n')
    .filter((line) => line.includes('-->'))
  assert.equal(edges, [...new Set(edges)])
  assert.is(edges.length, SHARED.length)
})

test('the picture keeps text of others in its quotes', () => {
  const picture = formatMermaid([['IPv4', policyFor('OUTPUT -m mark --mark "\\"]|<b>`#" -j X', 'X -j ACCEPT')]])
  assert.match(picture, '|"1. everything with --mark #34;]#124;#60;b#62;#96;#35;"|')
})

test.run()
