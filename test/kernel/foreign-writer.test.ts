import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { converge } from '../../src/netfilter/converge'
import { namespaceAt } from '../../src/netfilter/namespace'
import { natOf } from '../../src/netfilter/nat'
import { renderDocument } from '../../src/render/render'
import { compare } from '../../src/ruleset/compare'
import type { Ruleset, Wanted } from '../../src/ruleset/ruleset'
import { isEmpty, NOTHING, transaction } from '../../src/ruleset/transaction'
import { run } from '../../src/system/run'
import { load } from '../ruleset/simulate'
import { textsOf } from '../ruleset/texts'
import { program } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Lab } from './harness/lab'
import { ONE, THREE, TWO, wantedBy } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { restore } from './harness/table'

const test = kernelSuite([program])
const ROUNDS = 500
/** Namespaces in which they run side by side. */
const LANES = 5
/** Rules of the writer that are there at a time. */
const KEPT = 20

const document = (...lines: string[]) => `*nat\n${lines.join('\n')}\nCOMMIT\n`

/** Two documents as one. */
const joined = (one: string, other: string) => one.replace('COMMIT\n', other.replace('*nat\n', ''))

/** What somebody else writes in a round: never twice the same, in front, behind, in chains, and out again. */
function theirs(round: number, first: number): string {
  const of = (number: number) =>
    `-d 10.${number >> 8}.${number & 255}.1/32 -p tcp -m tcp --dport ${number % 7} -j ACCEPT`
  const chain = (number: number) => `THEIRS-${number}`
  const out = round - KEPT
  const lines = (number: number): [set: string[], removed: string[]] => {
    const rule = of(number)
    if (number % 3 === 0) return [[`-A OUTPUT ${rule}`], [`-D OUTPUT ${rule}`]]
    if (number % 3 === 1)
      return [
        [`-I OUTPUT ${rule}`, `-I PREROUTING ${rule}`],
        [`-D OUTPUT ${rule}`, `-D PREROUTING ${rule}`],
      ]
    const name = chain(number)
    return [
      [`-N ${name}`, `-A ${name} ${rule}`, `-A OUTPUT -j ${name}`],
      [`-D OUTPUT -j ${name}`, `-F ${name}`, `-X ${name}`],
    ]
  }
  return document(...lines(round)[0], ...(out < first ? [] : lines(out)[1]))
}

/** The table without ours. */
function othersOf(live: Ruleset): [string, string[]][] {
  const change = transaction(live, NOTHING)
  const left = isEmpty(change) ? live : load(live, renderDocument(change))
  return [...textsOf(left)].sort()
}

/** Rounds in a namespace of their own, each with another wanted set; gives how often more had to be read than usual. */
async function rounds({ namespace, tools }: Lab, first: number, last: number): Promise<number> {
  const ours = await namespace()
  await succeeded(restore(ours, foreign))
  const backend = {
    name: tools.backend,
    family: 'ipv4',
    save: join(tools.folder, 'iptables-save'),
    restore: join(tools.folder, 'iptables-restore'),
  } as const
  const nat = natOf(backend, namespaceAt(ours.file, run), { wait: 5, deadline: Date.now() + 120_000 })
  const sets: Wanted[] = [await wantedBy(ONE), NOTHING, await wantedBy(TWO), await wantedBy(THREE), await wantedBy(TWO)]
  let expected = await nat.read()
  let again = 0
  for (let round = first; round < last; round++) {
    const wanted = sets[round % sets.length] as Wanted
    const other = sets[(round * 7 + 3) % sets.length] as Wanted
    const text = theirs(round, first)
    let reads = 0
    let live: Ruleset = new Map()
    const watched = {
      ...nat,
      async read() {
        const seen = await nat.read()
        live = seen
        if (reads++ > 0) return seen
        // Every other time somebody sets up, or removes, managed rules as well.
        const change = transaction(seen, other)
        const written = round % 2 > 0 || isEmpty(change) ? text : joined(text, renderDocument(change))
        assert.is(await nat.write(written), undefined, written)
        expected = load(expected, text)
        return seen
      },
    }
    await converge(watched, wanted, Date.now() + 30_000)
    again += reads - 2
    if (wanted === NOTHING) assert.ok(isEmpty(transaction(live, NOTHING)))
    else assert.equal(compare(live, wanted), [])
    assert.equal(othersOf(live), othersOf(expected))
  }
  return again
}

test(`${ROUNDS} rounds with somebody else between read and write: nothing lost, nothing doubled`, async (lab) => {
  const started = Date.now()
  const each = ROUNDS / LANES
  const lanes = Array.from({ length: LANES }, (_, lane) => rounds(lab, lane * each, (lane + 1) * each))
  const again = (await Promise.all(lanes)).reduce((sum, one) => sum + one)
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const figures = `${ROUNDS} rounds, 0 foreign rules lost, 0 of ours doubled, ${again} times read again, ${seconds} s`
  console.log(`a writer between read and write ${lab.tools.backend}: ${figures}`)
})

test.run()
