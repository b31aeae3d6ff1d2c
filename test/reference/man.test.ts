import { execFileSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WARNING_CODES } from '../../src/diagnostics/diagnostic'
import { flagOf } from '../../src/options/input'
import { COMMAND_NAMES, ROWS } from '../../src/options/table'
import { manPage } from '../../src/reference/man'
import { testWith } from '../needing'

const page = manPage('1.2.3')

test('it names every command, option and warning', () => {
  for (const name of [...COMMAND_NAMES, ...ROWS.map(([option]) => flagOf(option)), ...WARNING_CODES])
    assert.ok(page.includes(name.replaceAll('-', '\\-')), name)
})

test('no line begins with a request by chance', () => {
  for (const line of page.split('\n')) assert.not.match(line, /^(?:'|\.(?!(?:B|BI|BR|EE|EX|I|RI|SH|SS|TH|TP)\b))/)
})

testWith('groff', 'groff has nothing to warn of', () => {
  const said = execFileSync('groff', ['-man', '-ww', '-z'], { input: page, encoding: 'utf8', stdio: 'pipe' })
  assert.is(said, '')
})

test.run()
