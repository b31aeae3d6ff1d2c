import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountsOf, parseAccounts } from '../../src/system/passwd'
import { FIXTURES, noProcess } from '../support'

const ALEX = { name: 'alex', uid: 501, gid: 20 }

const LINES: [kind: 'user' | 'group', line: string, accounts: object[]][] = [
  ['user', 'alex:x:501:20:Alex,,,:/home/alex:/bin/sh', [ALEX]],
  ['user', 'alex::501:20:::', [ALEX]],
  ['user', '#alex:x:501:20:::', []],
  ['user', '+::::::', []],
  ['user', 'alex:x:501', []],
  ['user', 'alex:x:-2:20:::', []],
  ['user', '', []],
  ['user', 'alex:x:4294967295:20:::', []],
  ['group', 'staff:x:9999999999:', []],
  ['group', 'staff:x:20:alex,bob', [{ name: 'staff', uid: 20, gid: 20 }]],
  ['group', 'staff:x:', []],
]

for (const [kind, line, accounts] of LINES)
  test(`${kind} line ${line}`, () => assert.equal(parseAccounts(kind, line), accounts))

test('under another root nothing is asked of this system', () => {
  const accounts = accountsOf(`${FIXTURES}/root`, noProcess)
  assert.equal(accounts.find('user', 'alex'), ALEX)
  assert.equal(accounts.find('user', '501'), ALEX)
  assert.is(accounts.find('user', 'nosuch'), undefined)
  assert.is(accounts.find('group', 'staff')?.gid, 20)
})

test('NSS is asked for names and ids alone, and its answer is compared', () => {
  const root = 'root:x:0:0::/root:/bin/sh\n'
  for (const wanted of ['-i', '-sfiles', 'a b', ''])
    assert.is(accountsOf('/', noProcess).find('user', wanted), undefined)
  assert.is(accountsOf('/', () => root).find('user', 'no-such-user'), undefined)
  assert.is(accountsOf('/', () => 'ldap:x:70001:70002:::\n').find('user', '70001')?.gid, 70002)
})

test('a name that NSS does not know either', () => {
  assert.is(accountsOf('/', () => '').find('user', 'no-such-user'), undefined)
})

test.run()
