import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../src/diagnostics/user-error'
import { failureOf } from '../../src/netfilter/failure'
import { failedCheck, guarded } from '../../src/precheck/check'

/** Errors, and the text and remedy of their check. */
const ERRORS: [problem: string, more: { remedy?: string; detail?: string }, text: string][] = [
  ['/x was not started', {}, '/x was not started'],
  ['/x is missing', { remedy: 'Install it', detail: 'no words' }, '/x is missing'],
  ['/x failed with status 7', { detail: 'what\n is  this\n' }, '/x failed with status 7 (what is this)'],
]

for (const [problem, more, text] of ERRORS)
  test(problem, () => {
    const { remedy } = more
    const check = { state: 'fault', name: 'tables', text: `IPv4: ${text}`, ...(remedy && { remedy }) }
    assert.equal(failedCheck('tables', 'IPv4: ', new UserError(problem, more)), check)
  })

test('what a failure of the tools means stands for their words', () => {
  const stderr = "iptables-restore: Couldn't load match `owner'\nError occurred at line: 2"
  const error = failureOf('/x', { status: 2, stdout: '', stderr, late: false }, '*nat\n-A x')
  const { text, remedy } = failedCheck('features', '', error)
  assert.is(text, 'the owner match is missing (/x rejected `-A x`)')
  assert.is(remedy, 'Load xt_owner, and install the iptables extensions')
})

test('a program that cannot be started is a line; a fault of ours is none', async () => {
  const system = Object.assign(new Error('spawn nsenter ENOENT'), { syscall: 'spawn nsenter' })
  const [check] = await guarded('listeners', () => Promise.reject(system))
  assert.is(check?.text, 'it could not be checked: spawn nsenter ENOENT')
  const fault = await guarded('listeners', () => Promise.reject(new TypeError('ours'))).catch(String)
  assert.is(fault, 'TypeError: ours')
})

test.run()
