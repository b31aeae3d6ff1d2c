import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { program } from './harness/agent'
import { tryOut } from './harness/agreement'
import { drawsOf } from './harness/draws'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([program])
const ROUNDS = 40
const CONNECTIONS = 25

/** 2 backends × 2 families × 40 rulesets × 25 connections. */
for (const family of ['ipv4', 'ipv6'] as const)
  test(`the kernel decides as explain says: ${family}`, async ({ tools, sidecar }) => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const here = await sidecar()
    const total: Record<string, number> = {}
    for (const draw of fc.sample(drawsOf(family, CONNECTIONS), { numRuns: ROUNDS, seed })) {
      const { decided, disagreements } = await tryOut(here, draw)
      assert.equal(disagreements, [], `seed ${seed}`)
      for (const [verdict, count] of Object.entries(decided)) total[verdict] = (total[verdict] ?? 0) + count
    }
    const made = Object.values(total).reduce((one, two) => one + two, 0)
    assert.is(made, ROUNDS * CONNECTIONS)
    assert.is(total.unknown, 0)
    const counts = Object.entries(total).map(([verdict, count]) => `${count} ${verdict}`)
    console.log(
      `explain ${tools.backend} ${family}: ${made} connections, all as it says (${counts.join(', ')}), seed ${seed}`,
    )
  })

test.run()
