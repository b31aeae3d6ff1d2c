import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../src/diagnostics/user-error'
import { addressesOf } from '../../src/netfilter/addresses'
import { MissingTool } from '../../src/netfilter/backend'
import { forwardingBridges } from '../../src/netfilter/bridges'
import { ifIpv6Works, ipv6Addresses, ipv6Leftovers } from '../../src/netfilter/ipv6'
import type { Tables } from '../../src/netfilter/tables'
import { noProcess } from '../support'

const namespace = (files: Record<string, string>) => ({
  run: noProcess,
  procNet: async (file: string) => files[file] ?? '',
})

const LO = '00000000000000000000000000000001 01 80 10 80       lo\n'
const LINK = 'fe800000000000000000000000000002 02 40 20 80     eth0\n'
const GLOBAL = 'fd770000000000000000000000000002 02 40 00 80     eth0\n'

const ADDRESSES: [ifInet6: string, any: boolean, global: boolean][] = [
  ['', false, false],
  [LO, false, false],
  [LO + LINK, true, false],
  [LO + LINK + GLOBAL, true, true],
]

for (const [text, any, global] of ADDRESSES)
  test(`addresses in ${JSON.stringify(text)}`, async () => {
    const here = namespace({ if_inet6: text })
    assert.equal(await ipv6Addresses(here), { any, global })
    const refused = new UserError('it fails', { remedy: 'Repair it' })
    const result = await ifIpv6Works(() => Promise.reject(refused), here).catch(({ message }) => message)
    assert.is(
      result,
      any ? 'this machine has IPv6 addresses, and IPv6 cannot be redirected: it fails. Repair it.' : undefined,
    )
  })

test('the addresses of a family', async () => {
  const here = namespace({ if_inet6: LO, fib_trie: '     |-- 10.77.0.2\n        /32 host LOCAL\n' })
  assert.equal(await addressesOf(here, 'ipv4'), new Set(['10.77.0.2/32']))
  assert.equal(await addressesOf(here, 'ipv6'), new Set(['::1/128']))
})

const FORWARDS = 'Ip: Forwarding DefaultTTL\nIp: 1 64\n'
const DEV = [
  'Inter-|   Receive',
  ' face |bytes',
  '    lo: 0 0',
  'docker0: 0 0',
  '  br-1a: 0 0',
  'mybr-1: 0 0',
  '  eth0: 0',
].join('\n')

test('bridges of a machine that forwards', async () => {
  assert.equal(await forwardingBridges(namespace({ snmp: FORWARDS, dev: DEV })), ['docker0', 'br-1a'])
  assert.equal(await forwardingBridges(namespace({ snmp: FORWARDS.replace('1 64', '2 64'), dev: DEV })), [])
  assert.equal(await forwardingBridges(namespace({ dev: DEV })), [])
})

test('IPv6 tables are cleaned if one of them may hold rules; of those that cannot be named that is said', async () => {
  const table = (holds: boolean) => ({ mayHold: async () => holds })
  const tables = (main: boolean, other?: boolean) =>
    ({ main: table(main), other: other === undefined ? undefined : table(other) }) as unknown as Tables
  for (const [found, isCleaned] of [
    [tables(true), true],
    [tables(false), false],
    [tables(false, true), true],
    [tables(false, false), false],
  ] as const)
    assert.is((await ipv6Leftovers(async () => found, noProcess)) === found, isCleaned)
  const said: string[] = []
  for (const error of [new UserError('it cannot be named'), new MissingTool('there is none')])
    assert.is(
      await ipv6Leftovers(
        () => Promise.reject(error),
        (reason) => said.push(reason),
      ),
      undefined,
    )
  assert.equal(said, ['it cannot be named.'])
})

test.run()
