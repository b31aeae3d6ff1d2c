import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '../../src/system/run'
import { cli, words } from '../support'
import { workshop } from '../workshop'

/** Faulty values are refused as by every command, before a process is started. */
const REFUSED: [options: string, says: RegExp][] = [
  ['--apisix-user nosuch --root fixtures/root', /--apisix-user: "nosuch" is not a known user/],
  ['--inbound-ports 70000 --apisix-user 501:20', /--inbound-ports: "70000" is not a port/],
  ['--apisix-user 501:20 --strict --allow nosuch', /--allow: "nosuch" is not a warning code/],
  ['--apisix-user 501:20 --json=yes', /--json: "yes" is not a known value. Use true or false/],
  ['--apisix-user 501:20 --dry-run', /"--dry-run" is an option of iptables and cleanup-iptables, not of precheck/],
]

for (const [options, says] of REFUSED)
  test(options, async () => {
    const { status, stdout, stderr } = await cli(words(`precheck ${options}`))
    assert.match(stderr, says)
    assert.not.match(stderr, /^\s+at /m)
    assert.is(stdout, '')
    assert.is(status, 1)
  })

const NO_TOOL = 'precheck --apisix-user 501:20 --iptables-restore /nosuch/iptables-restore'

test('warnings are lines of the report and not on stderr', async () => {
  const { status, stdout, stderr } = await cli(words(NO_TOOL))
  assert.match(stdout, /^warning {2}nothing-intercepted: nothing is intercepted$/m)
  assert.match(stdout, /^fault {4}tools: IPv4: there is no \/nosuch\/iptables-save$/m)
  assert.is(stderr, '')
  assert.is(status, 1)
})

test('a tool that cannot be started is a line, without a trace', async () => {
  const restore = join(workshop('tools'), 'iptables-restore')
  for (const file of [restore, restore.replace('restore', 'save')]) writeFileSync(file, '')
  const options = ['--apisix-user', '501:20', '--inbound-ports', '80', '--json', '--iptables-restore', restore]
  const { status, stdout, stderr } = await cli(['precheck', ...options], { run })
  assert.match(stdout, `could not be checked: spawn ${restore} EACCES`)
  assert.is(stderr, '')
  assert.is(status, 1)
})

test('--strict makes faults of them, --allow does not', async () => {
  const strict = await cli(words(`${NO_TOOL} --strict`))
  assert.match(
    strict.stdout,
    /^fault {4}nothing-intercepted: .*\n(.*\n)*.*Use\s+--allow\s+nothing-intercepted\s+to\s+accept\s+it/m,
  )
  const allowed = await cli(words(`${NO_TOOL} --strict --allow nothing-intercepted`))
  assert.match(allowed.stdout, /^warning {2}nothing-intercepted/m)
})

test('--json is one object', async () => {
  const { stdout } = await cli(words(`${NO_TOOL} --json`))
  const { fine, checks } = JSON.parse(stdout)
  assert.is(fine, false)
  assert.equal(checks[0], {
    state: 'fault',
    name: 'tools',
    text: 'IPv4: there is no /nosuch/iptables-save',
    remedy: 'Install the package iptables',
  })
})

test.run()
