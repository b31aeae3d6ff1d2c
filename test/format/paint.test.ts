import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const PROGRAM = 'dist/cli.cjs'
const EXPLAIN = [PROGRAM, ...'explain --from fixtures/saved/istio.rules --in 10.0.0.1 --to :80'.split(' ')]

for (const [what, env, isColoured] of [
  ['in a pipe there are no colours', {}, false],
  ['FORCE_COLOR colours a pipe', { FORCE_COLOR: '1' }, true],
  ['FORCE_COLOR=0 does not', { FORCE_COLOR: '0' }, false],
  ['NO_COLOR wins', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
] as const)
  test(what, () => {
    const { stdout, status } = spawnSync(process.execPath, EXPLAIN, { env, encoding: 'utf8' })
    assert.is(status, 0)
    assert.is(stdout.includes('\u001b['), isColoured)
    const refused = spawnSync(process.execPath, [PROGRAM, 'iptables', '--inbound-ports', 'x'], {
      env,
      encoding: 'utf8',
    })
    assert.is(refused.stderr.split(' ')[1], isColoured ? '\u001b[31merror:\u001b[39m' : 'error:')
  })

test.run()
