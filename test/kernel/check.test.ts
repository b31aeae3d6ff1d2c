import * as assert from 'uvu/assert'
import { ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import { ONE } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { recorded } from './harness/tools'

const test = kernelSuite([program])

/** What is done to the rules of ONE, one iptables command a line; what is then said, exactly. */
const DAMAGE: [what: string, commands: string[], said: string[]][] = [
  ['nothing', [], ['active (BACKEND)']],
  [
    'a rule is gone',
    ['-D APISIX_INBOUND -p tcp --dport 443 -j APISIX_REDIRECT'],
    ['differs (BACKEND):', '  - a rule is missing: -A APISIX_INBOUND -p tcp -m tcp --dport 443 -j APISIX_REDIRECT'],
  ],
  [
    'one is there that nobody wants',
    ['-A APISIX_INBOUND -p tcp --dport 22 -j RETURN'],
    ['differs (BACKEND):', '  - a rule is not wanted: -A APISIX_INBOUND -p tcp -m tcp --dport 22 -j RETURN'],
  ],
  [
    'one has moved',
    ['-D APISIX_INBOUND 1', '-A APISIX_INBOUND -p tcp --dport 80 -j APISIX_REDIRECT'],
    [
      'differs (BACKEND):',
      '  - a rule is out of order: -A APISIX_INBOUND -p tcp -m tcp --dport 443 -j APISIX_REDIRECT',
    ],
  ],
  [
    'one is there twice',
    ['-A OUTPUT -p tcp --dport 80 -j APISIX_REDIRECT'],
    ['differs (BACKEND):', '  - a rule is there twice: -A OUTPUT -p tcp -m tcp --dport 80 -j APISIX_REDIRECT'],
  ],
  [
    'the hook is gone',
    ['-D PREROUTING -p tcp -j APISIX_INBOUND'],
    [
      'differs (BACKEND):',
      '  - the jump to APISIX_INBOUND is missing, so that nothing reaches it: -A PREROUTING -p tcp -j APISIX_INBOUND',
    ],
  ],
  [
    'the hook is in the wrong chain',
    ['-D PREROUTING -p tcp -j APISIX_INBOUND', '-A OUTPUT -p tcp -j APISIX_INBOUND'],
    [
      'differs (BACKEND):',
      '  - a jump to APISIX_INBOUND is in the wrong chain: -A OUTPUT -p tcp -j APISIX_INBOUND',
      '  - the jump to APISIX_INBOUND is missing, so that nothing reaches it: -A PREROUTING -p tcp -j APISIX_INBOUND',
    ],
  ],
  ['a chain is emptied', ['-F APISIX_INBOUND'], ['differs (BACKEND):', '  - the chain APISIX_INBOUND was emptied']],
  [
    'a foreign rule accepts in front',
    ['-I PREROUTING -p tcp -j ACCEPT'],
    [
      'differs (BACKEND):',
      '  - a foreign rule in front takes ports 80, 443: `-A PREROUTING -p tcp -j ACCEPT`. Use --jump-position first to put the managed rules in front.',
    ],
  ],
  [
    'a foreign rule takes a part',
    ['-I OUTPUT -p tcp -d 192.0.2.0/24 -j ACCEPT'],
    [
      'active (BACKEND):',
      '  - note: a foreign rule in front may take some of the traffic: `-A OUTPUT -d 192.0.2.0/24 -p tcp -j ACCEPT`',
    ],
  ],
  ['a foreign rule is behind', ['-A PREROUTING -p tcp -j ACCEPT'], ['active (BACKEND)']],
  [
    'everything of ours is gone',
    ['-F', '-X APISIX_INBOUND', '-X APISIX_REDIRECT'],
    ['absent (BACKEND): no managed rules found'],
  ],
]

test('each kind of damage is said exactly, and healed by applying again', async ({ agent, namespace, tools }) => {
  for (const [what, commands, said] of DAMAGE) {
    const at = await namespace()
    await succeeded(agent.apply(at, ONE))
    for (const command of commands) await at.must(['iptables', '-t', 'nat', ...command.split(' ')])
    const { status, stdout, stderr } = await ask.check(at, ONE)
    const meaning = stdout.replace(/^(---|\+\+\+|@@|[-+ ]-[AN] ).*\n/gm, '').replace(/\n {4}/g, ' ')
    assert.equal(
      meaning.trim().split('\n'),
      said.map((line) => line.replace('BACKEND', tools.backend)),
      what,
    )
    assert.is(status, said[0]?.startsWith('active') ? 0 : 1, what)
    assert.is(stderr, '', what)
    if (what.startsWith('a foreign rule')) continue
    await succeeded(agent.apply(at, ONE))
    assert.is((await ask.check(at, ONE)).status, 0, what)
  }
})

test('as a readiness probe it starts one process', async ({ agent, namespace, tools }) => {
  const watched = recorded(tools)
  const at = await namespace(watched)
  await succeeded(agent.apply(at, ONE))
  const before = watched.started().length
  assert.is((await ask.check(at, [...ONE, '--backend', tools.backend])).status, 0)
  assert.is(watched.started().length - before, 1)
})

test('managed rules in both backends are reported, and those in the other one alone are found', async ({
  agent,
  namespace,
  tools,
}) => {
  const other = tools.backend === 'nft' ? 'legacy' : 'nft'
  const at = await namespace()
  await succeeded(agent.apply(at, [...ONE, '--backend', other]))
  assert.match((await ask.check(at, ONE)).stdout, `active (${other})`)
  await succeeded(agent.apply(at, [...ONE, '--backend', tools.backend]))
  const { status, stdout } = await ask.check(at, ONE)
  assert.is(status, 1)
  assert.match(
    stdout,
    `${other} has managed rules too. Remove them with \`apisix-mesh-agent cleanup-iptables --backend ${other}\`.`,
  )
})

test('both families, and a table that cannot be read', async ({ agent, namespace }) => {
  const dual = [...ONE, '--ip-family', 'dual']
  const at = await namespace()
  await succeeded(agent.apply(at, dual))
  assert.is((await ask.check(at, dual)).stdout.match(/active \(ipv[46], /g)?.length, 2)
  await at.must(['ip6tables', '-t', 'nat', '-F', 'APISIX_REDIRECT'])
  const { status, stdout } = await ask.check(at, dual)
  assert.is(status, 1)
  assert.match(stdout, /differs \(ipv6, \w+\):\n {2}- the chain APISIX_REDIRECT was emptied/)
  const missing = await ask.check(at, [...ONE, '--iptables-restore', '/nowhere/iptables-restore'])
  assert.is(missing.status, 2)
  assert.match(missing.stderr, 'there is no /nowhere/')
})

test.run()
