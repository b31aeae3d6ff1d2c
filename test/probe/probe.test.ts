import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PLAIN } from '../../src/format/paint'
import { formatTrace } from '../../src/format/trace'
import type { Nat } from '../../src/netfilter/nat'
import { agreement, probe } from '../../src/probe/probe'
import { trace } from '../../src/trace/trace'
import { rulesetOf } from '../ruleset/texts'

const RULES = ['-p udp -j RETURN', '-p tcp -m tcp --dport 443 -j REDIRECT --to-ports 15001']
const TABLE = rulesetOf([
  ['OUTPUT', RULES],
  ['POSTROUTING', ['-j MASQUERADE']],
  ['PREROUTING', ['-j LOG']],
])
const CONNECTION = {
  ...({ way: 'out', family: 'ipv4', to: { address: '10.0.0.5', port: 443 }, from: undefined } as const),
  ...{ interface: undefined, isLocal: false, uid: 1000, gid: 1000 },
}

/** Packets that each rule of a chain has counted. */
type Counts = Record<string, number[]>

/** What comes of a connection, by the counters before and after. */
async function probed(answer: string, before: Counts, after: Counts, meanwhile = TABLE) {
  const readings = [
    { ruleset: TABLE, packets: new Map(Object.entries(before)) },
    { ruleset: meanwhile, packets: new Map(Object.entries(after)) },
  ]
  const started: string[][] = []
  const run = async (_: string, [, ...args]: string[]) => {
    started.push(args)
    const isRefused = answer === 'refused'
    return { status: isRefused ? 1 : 0, stdout: answer, stderr: 'words', late: false }
  }
  const nat = { count: async () => readings.shift() } as unknown as Nat
  const found = await probe(nat, { run, procNet: async () => '' }, CONNECTION)
  assert.equal(started, [['10.0.0.5', '443', '1000', '1000']])
  return found
}

const MET = 'the kernel matched the same rules'
const NOT_MET = 'the kernel did not match the same rules'

/** The answer, counters before and after, what is said, and how many rules other traffic has met. */
const CASES: [answer: string, before: Counts, after: Counts, said: string, others: number][] = [
  ['connected', { OUTPUT: [0, 5] }, { OUTPUT: [0, 6] }, MET, 0],
  ['connected', {}, { OUTPUT: [0, 1], POSTROUTING: [1] }, MET, 0],
  ['connected', {}, { OUTPUT: [0, 1], PREROUTING: [1] }, MET, 1],
  ['connected', {}, { OUTPUT: [0, 3] }, MET, 1],
  ['connected', {}, { OUTPUT: [2, 1] }, MET, 1],
  ['ECONNREFUSED', {}, { OUTPUT: [0, 0] }, NOT_MET, 0],
  ['connected', {}, { OUTPUT: [1, 1] }, NOT_MET, 1],
  ['ENETUNREACH', {}, {}, 'without a route no rule is asked', 0],
  ['EHOSTUNREACH', {}, {}, 'without a route no rule is asked', 0],
  ['ENETUNREACH', {}, { OUTPUT: [0, 1] }, MET, 0],
]

for (const [answer, before, after, said, others] of CASES)
  test(`${answer} ${JSON.stringify([before, after])}: ${said}`, async () => {
    const found = await probed(answer, before, after)
    const { steps, verdict } = trace(TABLE, CONNECTION)
    assert.is(agreement(steps, found).others.length, others)
    const text = formatTrace(CONNECTION, { steps, verdict }, 'these rules', PLAIN, found).replace(/\n/g, ' ')
    assert.match(text, `Made for real: ${answer}; ${said}`)
    assert.is(text.includes('Other traffic meanwhile, packets:'), others > 0)
  })

test('what the trace cannot tell is not compared', async () => {
  const { steps } = trace(rulesetOf([['OUTPUT', ['-m odd -j RETURN', ...RULES]]]), CONNECTION)
  assert.is(agreement(steps, await probed('connected', {}, {})).agrees, undefined)
})

test('how many packets a rule has counted', async () => {
  const found = await probed('connected', {}, { OUTPUT: [0, 3] })
  const { steps, verdict } = trace(TABLE, CONNECTION)
  const text = formatTrace(CONNECTION, { steps, verdict }, 'these rules', PLAIN, found)
  assert.match(text, 'the kernel counted 3 packets: other traffic too')
  const one = await probed('connected', {}, { OUTPUT: [0, 1] })
  assert.match(formatTrace(CONNECTION, { steps, verdict }, 'these rules', PLAIN, one), 'the kernel counted 1 packet\n')
})

test('nobody may connect as that owner; the rules change meanwhile', async () => {
  const refused = await probed('refused', {}, {}).catch((error) => error)
  assert.is(
    refused.message,
    '--probe: no connection can be made as uid 1000, gid 1000. Run it as root, or as that user.',
  )
  const changed = await probed('connected', {}, {}, rulesetOf([['OUTPUT', RULES.toReversed()]])).catch((error) => error)
  assert.is(changed.message, '--probe: another program changed the rules meanwhile. Retry.')
})

test.run()
