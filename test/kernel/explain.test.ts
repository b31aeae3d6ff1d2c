import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { program } from './harness/agent'
import { type Agreement, compareAnswers, tryOut } from './harness/agreement'
import { drawsOf } from './harness/draws'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([program])
const PAIRS = 20
const CONNECTIONS = 25

/** 2 backends × 2 families × 20 pairs of rulesets × the same 25 connections for both. */
for (const family of ['ipv4', 'ipv6'] as const)
  test(`the kernel decides as explain and diff say: ${family}`, async ({ tools, sidecar }) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const here = await sidecar()
    const tried: Agreement[] = []
    let differed = 0
    const draws = drawsOf(family, CONNECTIONS)
    for (const [one, other] of fc.sample(fc.tuple(draws, draws), { numRuns: PAIRS, seed })) {
      const before = await tryOut(here, one)
      const after = await tryOut(here, { ...other, connections: one.connections })
      const compared = compareAnswers(family, before, after)
      assert.equal([...before.disagreements, ...after.disagreements, ...compared.wrong], [], `seed ${seed}`)
      tried.push(before, after)
      differed += compared.differed
    }
    const total: Record<string, number> = {}
    for (const { decided } of tried)
      for (const [verdict, count] of Object.entries(decided)) total[verdict] = (total[verdict] ?? 0) + count
    const made = Object.values(total).reduce((one, two) => one + two, 0)
    assert.is(made, 2 * PAIRS * CONNECTIONS)
    assert.is(total.unknown, 0)
    const counts = Object.entries(total).map(([verdict, count]) => `${count} ${verdict}`)
    console.log(
      `explain ${tools.backend} ${family}: ${made} connections, all as it says (${counts.join(', ')}); ` +
        `${PAIRS} pairs, ${differed} answered differently, all as diff says, seed ${seed}`,
    )
  })

test.run()
