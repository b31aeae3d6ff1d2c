import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { workshop } from '../workshop'
import { ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import { guardsOf, kept, unkept } from './harness/guards'
import { differences, ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { rules, stateOf } from './harness/table'
import { replaced } from './harness/tools'

const test = kernelSuite([program])
const SOON = ['--confirm-within', '2s']
const LONG = ['--confirm-within', '60s']

test('after a SIGKILL nothing waits, what is active stays, and a further change is rolled back', async (lab) => {
  const at = await kept(lab)
  await succeeded(program.apply(at, [...ONE, ...LONG]))
  for (const guard of guardsOf(at)) process.kill(guard, 'SIGKILL')
  const { status, stderr } = await ask.confirm(at)
  assert.is(status, 1)
  assert.match(stderr, 'nothing is waiting for confirmation, or it was rolled back already.')
  const before = await stateOf(at)
  const both = [TWO, TWO].map((set) => program.apply(at, [...set, ...SOON]))
  assert.equal(
    (await Promise.all(both)).map(({ status }) => status),
    [0, 0],
  )
  // The one that was started second ends.
  await pause(200)
  assert.is(guardsOf(at).length, 1)
  await unkept(at)
  assert.is(await stateOf(at), before)
})

test('a SIGKILL while the change is made is reported', async (lab) => {
  const at = await kept(lab)
  const asked = join(workshop('asked'), 'asked')
  const wait = `: > ${asked}; while [ -e ${asked} ]; do sleep 0.05; done\nexec "$REAL" "$@"`
  const tools = replaced(lab.tools, { 'iptables-restore': wait })
  const applied = program.apply(at, [...ONE, ...LONG], { path: tools.path })
  while (!existsSync(asked)) await pause(20)
  for (const guard of guardsOf(at)) process.kill(guard, 'SIGKILL')
  await at.must(['rm', asked])
  const { status, stderr } = await applied
  assert.is(status, 1)
  assert.match(stderr, 'error: the rollback guard was ended. The new rules are active and will not be rolled back.')
  assert.equal(await differences(at, ONE), [])
})

test('a signal while it rolls back does not end it', async (lab) => {
  const at = await kept(lab)
  const slow = join(workshop('slow'), 'slow')
  const tools = replaced(lab.tools, { 'iptables-save': `[ -e ${slow} ] && sleep 1\nexec "$REAL" "$@"` })
  for (const signal of ['SIGTERM', 'SIGHUP']) {
    await succeeded(program.apply(at, [...ONE, ...LONG], { path: tools.path }))
    writeFileSync(slow, '')
    const [guard = 0] = guardsOf(at)
    process.kill(guard, 'SIGTERM')
    await pause(300)
    process.kill(guard, signal)
    await unkept(at)
    assert.equal(await rules(at), [], signal)
  }
})

test.run()
