import * as assert from 'uvu/assert'
import { ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { nft } from './harness/nft'
import { kernelSuite } from './harness/suite'
import type { Backend } from './harness/tools'

const test = kernelSuite([program])

const OPTIONS = '--apisix-user 501:20 --inbound-ports 80 --outbound-ports 80'.split(' ')
const OUT = '--out 10.0.0.5:80 --uid 1000 --gid 1000 --json'.split(' ')
const IN = '--in 192.0.2.7:5555 --to :80 --json'.split(' ')

/** What may take connections before the nat table of a backend does, which way, and what is said of it. */
const OTHERS: [
  what: string,
  make: (at: Namespace, backend: Backend) => Promise<unknown>,
  ways: ('in' | 'out')[],
  says: RegExp,
][] = [
  [
    'a native nft chain at the output hook',
    (at) =>
      at.must([
        'nft',
        'add table ip t; add chain ip t c { type nat hook output priority -100; }; add rule ip t c tcp dport 80 dnat to 10.0.0.77:6443',
      ]),
    ['out'],
    /the nft chain c of table ip t is at the same hook \(output\)/,
  ],
  [
    'a native nft chain of both families at the prerouting hook',
    (at) =>
      at.must([
        'nft',
        'add table inet t; add chain inet t c { type nat hook prerouting priority -110; }; add rule inet t c tcp dport 80 redirect to :81',
      ]),
    ['in'],
    /the nft chain c of table inet t is at the same hook \(prerouting\)/,
  ],
  [
    'the table of --format nft',
    (at) => nft.apply(at, OPTIONS),
    ['in', 'out'],
    /the nft table of --format nft redirects connections too, .*nft list table inet apisix_mesh_agent/,
  ],
  [
    'a rule that exempts connections from tracking',
    (at) => at.must('iptables -t raw -A OUTPUT -p tcp --dport 80 -j CT --notrack'.split(' ')),
    ['out'],
    /may keep connections from nat: .*notrack/,
  ],
  [
    'rules of the other backend',
    (at, backend) =>
      at.must(
        `iptables-${backend === 'nft' ? 'legacy' : 'nft'} -t nat -A OUTPUT -p tcp -j DNAT --to-destination 10.0.0.7`.split(
          ' ',
        ),
      ),
    ['in', 'out'],
    /foreign rules of \w+ may take traffic before the managed ones/,
  ],
]

for (const [what, make, ways, says] of OTHERS)
  test(`${what}: what is said for certain is certain`, async ({ namespace, tools: { backend } }) => {
    const at = await namespace()
    await succeeded(program.apply(at, OPTIONS))
    const verdicts = async () => ({
      out: JSON.parse((await ask.explain(at, OUT)).stdout),
      in: JSON.parse((await ask.explain(at, IN)).stdout),
    })
    const before = await verdicts()
    assert.is(before.out.verdict, 'intercepted')
    assert.is(before.in.verdict, 'intercepted')
    await make(at, backend)
    const after = await verdicts()
    for (const way of ['in', 'out'] as const) {
      assert.is(after[way].verdict, ways.includes(way) ? 'unknown' : 'intercepted', way)
      if (ways.includes(way)) assert.match(after[way].why, says)
    }
    const { stdout, stderr, status } = await ask.check(at, OPTIONS)
    assert.match(stdout + stderr, says)
    assert.is(status, 0)
    assert.match((await ask.precheck(at, OPTIONS.concat('--json'))).stdout, says)
    assert.match((await ask.explain(at, [])).stdout, says)
  })

test('where only the table of --format nft is, check says absent and names it', async ({ namespace }) => {
  const at = await namespace()
  await succeeded(nft.apply(at, OPTIONS))
  const { stdout, status } = await ask.check(at, OPTIONS)
  assert.match(
    stdout,
    /^absent \(\w+\): no managed rules found\n {2}- note: the nft table of --format nft .*apisix_mesh_agent$/m,
  )
  assert.is(status, 1)
})

test('native nft chains without rules, or of another kind, decide nothing', async ({ namespace }) => {
  const at = await namespace()
  await succeeded(program.apply(at, OPTIONS))
  await at.must([
    'nft',
    'add table ip t; add chain ip t c { type nat hook output priority -100; }; add chain ip t f { type filter hook output priority 0; }; add rule ip t f tcp dport 80 counter accept; add table ip6 u; add chain ip6 u c { type nat hook output priority -100; }; add rule ip6 u c tcp dport 80 redirect to :81',
  ])
  assert.is(JSON.parse((await ask.explain(at, OUT)).stdout).verdict, 'intercepted')
  assert.not.match((await ask.check(at, OPTIONS)).stdout, 'note')
})

test.run()
