import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import { ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { restore, table } from './harness/table'
import { replaced } from './harness/tools'

const test = kernelSuite(agents)

/** What may come in place of the table, as lines of shell: none of it is a table without managed rules. */
const BROKEN: [what: string, save: string][] = [
  ['half of it', `"$REAL" "$@" | head -n 20`],
  ['all but its COMMIT', `"$REAL" "$@" | sed /^COMMIT/d`],
  ['nothing', `:`],
  ['nothing but remarks', `"$REAL" "$@" | grep '^#'`],
  ['another table', `"$REAL" -t filter`],
  ['all of it, and a failure', `"$REAL" "$@"; exit 3`],
  ['half of it, and a signal', `"$REAL" "$@" | head -n 20; kill -9 $$`],
  ['all of it, and words behind', `"$REAL" "$@"; echo 'Segmentation fault'`],
]

for (const [what, save] of BROKEN)
  test(`when iptables-save gives ${what}, applying and cleaning up change nothing`, async ({
    agent,
    namespace,
    tools,
  }) => {
    const ours = await namespace()
    await succeeded(restore(ours, foreign))
    await succeeded(agent.apply(ours, ONE))
    const before = await table(ours)
    const { path } = replaced(tools, { 'iptables-save': save })
    const endings = [
      agent.apply(ours, ONE, { path }),
      agent.apply(ours, TWO, { path }),
      agent.clean(ours, [], { path }),
    ]
    for (const { status, stdout, stderr } of await Promise.all(endings)) {
      assert.is(status, 1)
      assert.is(stdout, '')
      assert.match(stderr, /iptables-save (shows no complete nat table|failed with status 3|was ended by a signal)/)
    }
    assert.is(await table(ours), before)
  })

test('a table that cannot be read back is not reported as active', async ({ agent, namespace, tools }) => {
  const ours = await namespace()
  const spoiled = replaced(tools, { 'iptables-save': `"$REAL" "$@" | grep -v APISIX_REDIRECT` })
  const { status, stderr } = await agent.apply(ours, [...ONE, '--timeout', '5s'], { path: spoiled.path })
  assert.is(status, 1)
  assert.match(stderr, /iptables/)
})

test.run()
