import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountsOf, parsePasswd } from '../../src/system/accounts'
import { FIXTURES, noProcess } from '../support'

const ALEX = { name: 'alex', uid: 501, gid: 20 }

const LINES: [line: string, accounts: object[]][] = [
  ['alex:x:501:20:Alex,,,:/home/alex:/bin/sh', [ALEX]],
  ['alex::501:20:::', [ALEX]],
  ['#alex:x:501:20:::', []],
  ['+::::::', []],
  ['alex:x:501', []],
  ['alex:x:-2:20:::', []],
  ['', []],
]

for (const [line, accounts] of LINES) test(`passwd line ${line}`, () => assert.equal(parsePasswd(line), accounts))

test('under another root nothing is asked of this system', async () => {
  const accounts = accountsOf(`${FIXTURES}/root`, noProcess)
  assert.equal(await accounts.find('alex'), ALEX)
  assert.equal(await accounts.find('501'), ALEX)
  assert.is(await accounts.find('nosuch'), undefined)
})

test('without getent a name that passwd lacks is unknown', async () => {
  const accounts = accountsOf('/', async () => {
    throw new Error('ENOENT')
  })
  assert.is(await accounts.find('no-such-user'), undefined)
})

test.run()
