import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { counted, sizeOf } from '../../src/commands/change'
import { textOf } from '../../src/diagnostics/diagnostic'
import { findShadowingRules } from '../../src/drift/in-front'
import { interception } from '../../src/index'
import type { Interception } from '../../src/interception/interception'
import { renderDocument } from '../../src/render/render'
import { renderScript } from '../../src/render/script'
import {
  foreignLookAlikes,
  foreignRulesTrack,
  hasManagedChains,
  managedSet,
  warningsOfStrays,
} from '../../src/ruleset/ownership'
import { parseSaved } from '../../src/ruleset/parse'
import type { Ruleset, Wanted } from '../../src/ruleset/ruleset'
import { afterwards, isEmpty, NOTHING, transaction } from '../../src/ruleset/transaction'
import { find } from '../../src/system/find'
import { testWith } from '../needing'
import { interceptions } from '../options'
import { situations, wantedOf } from '../ruleset/random'
import { load } from '../ruleset/simulate'
import { rulesetOf } from '../ruleset/texts'
import { SHELLS } from './shells'
import { OBEDIENT, type Said, standIns, UNWILLING } from './stand-ins'
import { cases, saved } from './tables'

const made = { version: '1.2.3', command: ['iptables'] }
const scriptOf = (interception: Interception) => renderScript(wantedOf(interception), interception, made, 'apply')

/** What the program would send for the table, and what it leaves alone. */
function expected(live: Ruleset, wanted: Wanted, tool: string) {
  const change = transaction(live, wanted)
  const notes = [
    ...foreignLookAlikes(live).map((chain) => `note: foreign chain left unchanged: ${chain}`),
    ...warningsOfStrays(live, wanted, tool).map((stray) => `warning: ${textOf(stray)}`),
    ...counted(change.stays.map(({ line }) => line)).map(
      (line) => `note: left in place, because -D would remove an equal foreign rule in front of it: ${line}`,
    ),
  ]
  return { document: isEmpty(change) ? '' : renderDocument(change), notes }
}

const notesIn = ({ stderr }: Said) =>
  [...stderr.matchAll(/^apisix-mesh-agent: ((?:note: (?:foreign chain|left in)|warning: a RETURN) .*)$/gm)].map(
    ([, note]) => note,
  )

/** Asserts that the script does to a table, and says of it, what the program does. */
function agreesOn(tools: ReturnType<typeof standIns>, shell: string[], table: Ruleset, meant: Interception) {
  const wanted = wantedOf(meant)
  const folder = meant.ipv6 ? 'ipv6/' : ''
  const script = scriptOf(meant)
  const live = parseSaved(saved(table))
  tools.put(`${folder}live`, saved(live))
  for (const [flag, goal] of [
    ['--apply', wanted],
    ['--clean', NOTHING],
  ] as const) {
    tools.forget()
    const { document, notes } = expected(live, goal, meant.ipv6 ? 'ip6tables' : 'iptables')
    const said = tools.run(shell, script, [flag])
    assert.is(tools.sent(`${folder}sent`), document)
    assert.equal(notesIn(said), notes)
    assert.is(said.status, document ? 1 : 0, said.stderr)
  }
  const { document } = expected(live, wanted, '')
  const inFront = findShadowingRules(afterwards(live, wanted), wanted, meant.ipv6 ? 'ipv6' : 'ipv4')
  const { status, stderr } = tools.run(shell, script, ['--check'])
  const isShadowed = stderr.includes('[shadowed]')
  assert.is(status, document || isShadowed ? 1 : 0)
  // What it decides the program decides too; of what the program finds nothing goes unsaid.
  if (isShadowed)
    assert.ok(
      inFront.some(({ ports }) => ports.length > 0),
      stderr,
    )
  if (!/in front/.test(stderr)) assert.equal(inFront, [])
}

const agrees = (shell: string[], awk: string, numRuns: number) => () => {
  const tools = standIns(UNWILLING, awk)
  fc.assert(
    fc.property(cases, ({ interception, live }) => agreesOn(tools, shell, live, interception)),
    { numRuns },
  )
}

for (const [name, shell] of Object.entries(SHELLS))
  testWith(
    shell[0],
    `it sends the document that the program sends (${name})`,
    agrees(shell, 'awk', name === 'dash' ? 100 : 20),
  )

/** mawk is Debian's, busybox Alpine's; the others are tried where somebody installed them. */
const AWKS = ['mawk', 'busybox', ...['gawk', 'original-awk'].filter((awk) => find(awk, process.env.PATH))]

for (const awk of AWKS) testWith(awk, `it sends the document that the program sends (${awk})`, agrees(['sh'], awk, 30))

test('stray RETURNs are named in their order, also behind a managed rule of the same text', () => {
  const group = '-m owner --gid-owner 20 -j RETURN'
  const owner = '! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN'
  const live = rulesetOf([['OUTPUT', [owner, group, '-p tcp -m tcp --dport 80 -j RETURN', group]]])
  agreesOn(
    standIns(UNWILLING),
    ['sh'],
    live,
    interception({ apisixUser: { uid: 0, gid: 20 }, outboundPorts: '*', isolate: true }).interception,
  )
})

const end = (live: Ruleset, goal: Wanted) => {
  if (isEmpty(transaction(live, goal)))
    return goal === NOTHING ? 'no managed rules found. Nothing was changed.' : 'already active. Nothing was changed.'
  const { chains, rules } = goal === NOTHING ? managedSet(live) : goal
  const done = `${goal === NOTHING ? 'removed' : 'applied'}: ${sizeOf(chains.length, rules.length)}`
  const isTracked = (goal !== NOTHING && hasManagedChains(live)) || foreignRulesTrack(live)
  const connections = isTracked ? 'are not affected' : 'may be reset, because nothing in this table tracked them before'
  return `${done}. Established connections ${connections}.`
}

test('reads, loads, reads back, and says what it did', () => {
  const tools = standIns(OBEDIENT)
  fc.assert(
    fc.property(situations, interceptions, fc.boolean(), (situation, meant, isCleaning) => {
      const wanted = wantedOf(meant)
      const [folder, logged] = meant.ipv6 ? ['ipv6/', 'ipv6 '] : ['', '']
      const live = parseSaved(saved(situation.live))
      const goal = isCleaning ? NOTHING : wanted
      const { document } = expected(live, goal, '')
      tools.put(`${folder}live`, saved(live))
      tools.put(`${folder}after`, saved(load(live, document)))
      tools.forget()
      const { status, stdout, stderr } = tools.run(
        ['sh'],
        renderScript(wanted, meant, made, isCleaning ? 'clean' : 'apply'),
      )
      assert.is(stderr.split('\n').at(-2), `apisix-mesh-agent: ${end(live, goal)}`)
      assert.is(status, 0)
      assert.is(stdout, '')
      const steps = document ? ['save -t nat', 'restore --noflush -w 5', 'save -t nat'] : ['save -t nat']
      // After a change it looks whether the other family has managed rules.
      const looks = document && !isCleaning ? [`${meant.ipv6 ? '' : 'ipv6 '}save --version`] : []
      assert.equal(tools.started(), [...steps.map((step) => logged + step), ...looks])
    }),
    { numRuns: 40 },
  )
})

const ports = Array.from({ length: 5_000 }, (_, at) => at + 1)

for (const [name, shell] of Object.entries(SHELLS))
  testWith(shell[0], `10,000 rules, which no argument holds (${name})`, () => {
    const meant = (apisixPort: number) => {
      const apisixUser = { uid: apisixPort, gid: 20 }
      return interception({ apisixPort, apisixUser, inboundPorts: ports, outboundPorts: ports }).interception
    }
    const live = load(
      new Map([
        ['PREROUTING', []],
        ['OUTPUT', []],
      ]),
      renderDocument(transaction(new Map(), wantedOf(meant(1)))),
    )
    agreesOn(standIns(UNWILLING), shell, live, meant(2))
    agreesOn(standIns(UNWILLING), shell, live, meant(1))
  })

test.run()
