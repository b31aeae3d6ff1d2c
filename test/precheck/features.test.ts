import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../src/diagnostics/user-error'
import { checkFeatures, type Feature, featuresOf } from '../../src/precheck/features'
import type { Place } from '../../src/precheck/places'
import { wantedRules } from '../../src/render/render'
import type { Run } from '../../src/system/run'
import { noProcess } from '../support'
import { wanted } from './interceptions'

/** Options, and what their rules need. */
const NEEDS: [options: Parameters<typeof wanted>[0], features: string][] = [
  [{}, 'nat REDIRECT owner'],
  [{ inboundPorts: [80, 443] }, 'nat REDIRECT owner'],
  [{ inboundPorts: [80], compact: true }, 'nat REDIRECT owner'],
  [{ inboundPorts: [80, 443], compact: true }, 'nat REDIRECT owner multiport'],
  [{ outboundPorts: [80], comments: true }, 'nat REDIRECT owner comment'],
]

for (const [options, features] of NEEDS)
  test(JSON.stringify(options), () => assert.is(featuresOf(wantedRules(wanted(options))).join(' '), features))

const ALL: Feature[] = ['nat', 'REDIRECT', 'owner', 'multiport', 'comment']
const EXTENSIONS = 'and install the iptables extensions'

/** A tool that rejects every document in which some words stand, with its own words; the lines that come of it. */
const REJECTED: [words: string, stderr: string, lines: string[]][] = [
  ['nothing', '', ['ok nat, REDIRECT, owner, multiport and comment work']],
  [
    '*nat',
    "unable to initialize table 'nat'\nError occurred at line: 1",
    ['warning nat: failed; Load iptable_nat, for IPv6 ip6table_nat (legacy), or nf_tables (nft)'],
  ],
  [
    'REDIRECT',
    "Couldn't load target `REDIRECT'\nline: 2",
    [`fault REDIRECT: the REDIRECT target is missing (rejected; Load xt_REDIRECT, ${EXTENSIONS}`],
  ],
  [
    'owner',
    "Couldn't load match `owner'\nline: 2",
    [`fault owner: the owner match is missing (rejected; Load xt_owner, ${EXTENSIONS}`],
  ],
  [
    '-m ',
    "Couldn't load match\nline: 2",
    ['owner', 'multiport', 'comment'].map(
      (each) =>
        `fault ${each}: the tool lacks an extension that a rule needs (rejected; Install the iptables extensions`,
    ),
  ],
]

const backend = { name: 'legacy', family: 'ipv6', save: '/save', restore: '/restore' } as const
const nat = {
  backend,
  mayHold: noProcess as never,
  read: noProcess as never,
  write: noProcess as never,
  count: noProcess as never,
}
const place: Place = { family: 'ipv6', tables: { main: nat, other: undefined }, lack: 'warning' }

for (const [words, stderr, lines] of REJECTED)
  test(`${words} is rejected`, async () => {
    const run: Run = async (_program, _args, { input = '' } = {}) =>
      input.includes(words)
        ? { status: 2, stdout: '', stderr, late: false }
        : { status: 0, stdout: '', stderr: '', late: false }
    const checks = await checkFeatures([place], ALL, run)
    assert.equal(
      checks.map(({ state, text, remedy }) => {
        const short = text.replace('IPv6: ', '').replace(/\/restore (failed|rejected).*/s, '$1')
        return `${state} ${short}${remedy ? `; ${remedy}` : ''}`
      }),
      lines,
    )
  })

/** The ways to make a network namespace that are allowed here, and what goes in front of the trials. */
const WAYS: [allowed: RegExp, way: string | undefined][] = [
  [/./, '--net env'],
  [/--user/, '--user --map-root-user --net env'],
  [/never/, undefined],
]

for (const [allowed, way] of WAYS)
  test(`where ${allowed} is allowed`, async () => {
    const calls: string[] = []
    const run: Run = async (_program, args) => {
      calls.push(args.join(' '))
      return { status: allowed.test(args.join(' ')) ? 0 : 1, stdout: '', stderr: '', late: false }
    }
    const [check] = await checkFeatures([place], ALL, run)
    const trials = calls.filter((call) => call.includes('/restore'))
    assert.is(trials.length, way === undefined ? 0 : ALL.length)
    for (const call of trials) assert.ok(call.startsWith(way ?? ''))
    assert.is(check?.state, way === undefined ? 'warning' : 'ok')
  })

test('without unshare they are not tried; without tools there is nothing to say', async () => {
  const absent: Run = () => Promise.reject(new Error('spawn unshare ENOENT'))
  assert.match((await checkFeatures([place], ALL, absent))[0]?.text ?? '', /^not tried: /)
  assert.equal(await checkFeatures([{ ...place, tables: new UserError('none') }], ALL, noProcess), [])
})

test.run()
