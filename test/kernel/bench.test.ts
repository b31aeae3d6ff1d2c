import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { program } from './harness/agent'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([program], ['nft'])

test('every benchmark runs, once and with little', async () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...process.execArgv, 'test/bench/bench.ts', '--smoke'],
    {
      encoding: 'utf8',
    },
  )
  assert.is(status, 0, stderr)
  const figures = stdout.split('\n').filter((line) => /^\| .* \| [\d.]+ \|/.test(line))
  assert.ok(figures.length >= 30, stdout)
  assert.not.match(stdout, /NaN|Infinity/)
})

test.run()
