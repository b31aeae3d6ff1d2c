import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../src/diagnostics/user-error'
import { interception } from '../../src/index'
import type { Interception } from '../../src/interception/interception'
import { checkIpv6 } from '../../src/precheck/ipv6'
import { checkTables, type Look } from '../../src/precheck/tables'
import { checksOfWarnings, checkUser } from '../../src/precheck/user'
import { wantedRules } from '../../src/render/render'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { bare, holding } from '../script/tables'

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

const backend = (name: 'nft' | 'legacy') => ({
  name,
  family: 'ipv4',
  save: `/t/${name}-save`,
  restore: `/t/${name}-restore`,
})
const WANTED = wantedRules(interception({ apisixUser: { uid: 501, gid: 20 }, inboundPorts: [80] }).interception)
const BARE = bare()
const ACTIVE = holding(WANTED)
const OTHER = holding(wantedRules(interception({ apisixUser: { uid: 501, gid: 20 }, inboundPorts: [81] }).interception))
const warning = { problem: 'it may have some too', remedy: 'Look' }

/** The table and more of what was found, how the backend was chosen, and the state and text of each check. */
const TABLES: [live: Ruleset, found: object, access: object, ...checks: [state: string, text: string][]][] = [
  [BARE, {}, { backend: 'auto' }, ['ok', 'nft, which /t/nft-restore is; no managed rules yet']],
  [ACTIVE, {}, { backend: 'nft' }, ['ok', 'nft, by --backend; the rules are active already']],
  [
    OTHER,
    {},
    { backend: 'auto', restore: '/t/nft-restore' },
    ['ok', 'nft, by --iptables-restore; other managed rules are there, and would be replaced'],
  ],
  [BARE, { because: 'it is so' }, { backend: 'auto' }, ['ok', 'nft, because it is so; no managed rules yet']],
  [BARE, { warning }, { backend: 'auto' }, ['ok', 'nft, which'], ['warning', 'it may have some too']],
  [BARE, { warning, isInBoth: true }, { backend: 'auto' }, ['ok', 'nft, which'], ['fault', 'it may have some too']],
  [
    ACTIVE,
    { nat: { backend: backend('legacy') } },
    { backend: 'auto' },
    ['ok', 'legacy, which /t/legacy-restore is; the rules are active already'],
    ['warning', 'the managed rules are in legacy, and /t/nft-restore is nft. They are updated where they are'],
  ],
]

for (const [live, found, access, ...checks] of TABLES)
  test(`tables: ${checks.map(([, text]) => text)}`, () => {
    const looked = { nat: { backend: backend('nft') }, live, ...found }
    const place = { family: 'ipv4', lack: 'fault', tables: { main: { backend: backend('nft') } } }
    const made = checkTables([{ place, found: looked }] as never, WANTED, access as never)
    assert.equal(
      made.map(({ state, name, text }, at) => [state, name, text.slice(0, 6 + (checks[at]?.[1].length ?? 0))]),
      checks.map(([state, text]) => [state, 'tables', `IPv4: ${text}`]),
    )
  })

test.run()
