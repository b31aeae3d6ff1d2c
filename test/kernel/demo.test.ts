import { resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { program } from './harness/agent'
import { exec } from './harness/exec'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([program], ['nft'])
const DEMO = [resolve('node_modules/.bin/tsx'), 'test/demo/demo.ts']

test('the demo shows what it promises, in less than 15 s', async () => {
  const started = performance.now()
  const { status, stdout, stderr } = await exec(DEMO)
  const seconds = (performance.now() - started) / 1000
  assert.is(stderr, '')
  assert.is(status, 0)
  assert.match(stdout, /[1-9]\d* times replaced, [1-9]\d+ connections, 0 escaped, 0 failed\n/)
  assert.match(stdout, /a rule is missing: .*--dport 443/)
  assert.not.match(stdout, '\x1b')
  assert.ok(seconds < 15, `${seconds} s`)
  console.log(`demo: ${seconds.toFixed(1)} s, ${/\d+ connections/.exec(stdout)?.[0]}`)
})

test('without root it says what it needs', async () => {
  const { status, stdout, stderr } = await exec(['setpriv', '--reuid=1000', '--regid=1000', '--clear-groups', ...DEMO])
  assert.is(stderr, 'the demo cannot be shown here: it takes root; to enable it: sudo npm run demo\n')
  assert.is(stdout, '')
  assert.is(status, 1)
})

test.run()
