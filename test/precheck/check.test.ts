import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explainFailure } from '../../src/netfilter/failure'
import { failedCheck, guarded } from '../../src/precheck/check'
import { UserError } from '../../src/system/user-error'

/** A Refusal as it is thrown, the tool's own words, and the text and remedy of its line. */
const REFUSALS: [message: string, detail: string, text: string, remedy: string | undefined][] = [
  [
    'there is no iptables-save on PATH, in /usr/sbin or in /sbin: install the package iptables',
    '',
    'there is no iptables-save on PATH, in /usr/sbin or in /sbin',
    'install the package iptables',
  ],
  [
    '/sbin/iptables-save shows no complete nat table: look at `nft list ruleset`; nothing was changed',
    'line 1: the nat table\nholds more',
    '/sbin/iptables-save shows no complete nat table (line 1: the nat table holds more)',
    'look at `nft list ruleset`',
  ],
  [
    'there is no network namespace at /run/netns/x: has its process ended?',
    '',
    'there is no network namespace at /run/netns/x: has its process ended?',
    undefined,
  ],
  [
    '/x cannot be started: spawn /x EACCES; nothing was changed',
    '',
    '/x cannot be started: spawn /x EACCES',
    undefined,
  ],
  ['/x failed with status 7', 'what is this\n', '/x failed with status 7 (what is this)', undefined],
]

for (const [message, detail, text, remedy] of REFUSALS)
  test(message, () => {
    const check = { state: 'fault', name: 'tables', text: `IPv4: ${text}`, ...(remedy && { remedy }) }
    assert.equal(failedCheck('tables', 'IPv4: ', new UserError(message, detail)), check)
  })

test('what a failure of the tools means stands for their words', () => {
  const stderr = "iptables-restore: Couldn't load match `owner'\nError occurred at line: 2"
  const refusal = new UserError(
    explainFailure('/x', { status: 2, stdout: '', stderr, late: false }, '*nat\n-A x'),
    stderr,
  )
  const { text, remedy } = failedCheck('features', '', refusal)
  assert.is(text, '/x rejected `-A x`; the owner match is missing')
  assert.is(remedy, 'load xt_owner, and install the iptables extensions')
})

test('a program that cannot be started is a line; a fault of ours is none', async () => {
  const system = Object.assign(new Error('spawn nsenter ENOENT'), { syscall: 'spawn nsenter' })
  const [check] = await guarded('listeners', () => Promise.reject(system))
  assert.is(check?.text, 'could not be checked: spawn nsenter ENOENT')
  const fault = await guarded('listeners', () => Promise.reject(new TypeError('ours'))).catch(String)
  assert.is(fault, 'TypeError: ours')
})

test.run()
