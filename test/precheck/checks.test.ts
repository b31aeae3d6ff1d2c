import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../src/diagnostics/user-error'
import type { Interception } from '../../src/interception/interception'
import { checkIpv6 } from '../../src/precheck/ipv6'
import type { Look } from '../../src/precheck/tables'
import { checksOfWarnings, checkUser } from '../../src/precheck/user'

const look = (lack: string, found: unknown) => [{ place: { family: 'ipv6', lack }, found }] as unknown as Look[]
const REFUSED = new UserError('it fails')

/** What was found of IPv6, whether there are addresses, the state and text of the check, and how its remedy starts. */
const IPV6: [looks: Look[], any: boolean, state: string, text: string, remedy?: string][] = [
  [[], false, 'ok', 'not redirected, and there is no global address whose traffic would bypass the proxy'],
  [look('fault', {}), true, 'ok', 'redirected, and there are addresses'],
  [look('fault', {}), false, 'ok', 'redirected, and there are no addresses at present'],
  [
    look('warning', REFUSED),
    false,
    'warning',
    'cannot be redirected, and there are no addresses. Only IPv4 is set up',
    'Use --ip-family ipv4, or make ip6tables work before there are addresses',
  ],
  [
    look('fault', REFUSED),
    true,
    'fault',
    'cannot be redirected, and there are addresses whose traffic would bypass the proxy',
    'Make ip6tables work, or use --ip-family ipv4 to let IPv6 bypass the proxy',
  ],
  [
    look('fault', REFUSED),
    false,
    'fault',
    'cannot be redirected',
    'Make ip6tables work, or use --ip-family ipv4 to let IPv6 bypass the proxy',
  ],
]

for (const [looks, any, state, text, remedy] of IPV6)
  test(`ipv6: ${text}, ${any}`, () =>
    assert.equal(checkIpv6(looks, { any }, undefined), [{ state, name: 'ipv6', text, ...(remedy && { remedy }) }]))

test('a warning of IPv6 that was given takes the place of the check', () => {
  const given = { state: 'warning', name: 'ipv6-not-intercepted', text: 'it is not' } as const
  assert.equal(checkIpv6([], { any: true }, given), [given])
})

test('who the proxy is', () => {
  const owners = [
    { uid: 501, gid: 20 },
    { uid: 7, gid: null },
  ]
  const find = (_: string, wanted: string) => (wanted === '501' ? { name: 'alex', uid: 501, gid: 20 } : undefined)
  const text = (accounts: object) => checkUser({ owners } as unknown as Interception, accounts as never).text
  assert.is(text({ find }), 'the proxy is uid 501, gid 20 (alex), or uid 7, any gid')
  const unreadable = () => {
    throw new Error('ENOENT')
  }
  assert.is(text({ find: unreadable }), 'the proxy is uid 501, gid 20, or uid 7, any gid')
})

test('warnings as checks', () => {
  const warning = (code: 'duplicate' | 'host-bits', remedy?: string) => ({
    ...{ severity: 'warning', code, problem: 'it is' },
    ...(remedy && { remedy }),
  })
  const given = [warning('duplicate', 'Remove it'), warning('duplicate'), warning('host-bits')] as never
  assert.equal(checksOfWarnings(given, [{ value: 'duplicate' }]), [
    { state: 'fault', name: 'duplicate', text: 'it is', remedy: 'Remove it. Use --allow duplicate to accept it' },
    { state: 'fault', name: 'duplicate', text: 'it is', remedy: 'Use --allow duplicate to accept it' },
    { state: 'warning', name: 'host-bits', text: 'it is' },
  ])
})

test.run()
