import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Analysis, analyze } from '../../src/engine/analyze'
import { leafFor } from '../../src/engine/decide'
import { parseSaved } from '../../src/ruleset/parse'
import type { Ruleset } from '../../src/ruleset/ruleset'
import type { Connection } from '../../src/trace/connection'
import { trace } from '../../src/trace/trace'
import { situations } from '../ruleset/random'
import { fixture } from '../support'
import { connectionsFor, outcomeOfVerdict } from './connections'
import { tables } from './tables'

/** Connections for each table; the law holds for 100,000 as well. */
const TIMES = Number(process.env.ENGINE_TIMES ?? 1)

const analyzed = (ruleset: Ruleset, family: 'ipv4' | 'ipv6') => ({
  in: analyze([ruleset], 'PREROUTING', family),
  out: analyze([ruleset], 'OUTPUT', family),
})

/** Asserts that the diagram says what the rules say one by one, where these say anything. */
function agree(ruleset: Ruleset, analyses: Record<'in' | 'out', Analysis>, connection: Connection) {
  const { verdict } = trace(ruleset, connection)
  const expected = outcomeOfVerdict(verdict, connection)
  if (expected === undefined) return
  const analysis = analyses[connection.way]
  const leaf = leafFor(analysis, 0, connection)
  const found = leaf === undefined ? ['depends on facts'] : analysis.logic.outcomesAt(leaf)
  const same = found.map((outcome) =>
    outcome === `to::${connection.to.port}` || outcome === 'to::' ? 'same' : outcome,
  )
  assert.equal(same, [expected], JSON.stringify(connection))
}

for (const file of readdirSync('fixtures/saved').filter((name) => name.endsWith('.rules'))) {
  const family = file.includes('6') ? 'ipv6' : 'ipv4'
  const ruleset = parseSaved(fixture(`saved/${file}`), family)
  test(`${file}: the diagram agrees with the rules, one by one`, () => {
    const analyses = analyzed(ruleset, family)
    fc.assert(
      fc.property(connectionsFor(ruleset, family), (connection) => agree(ruleset, analyses, connection)),
      { numRuns: 1_000 * TIMES },
    )
  })
}

for (const [what, rulesets] of [
  ['tables of managed and foreign rules, damaged ones too', situations.map(({ live }) => live)],
  ['tables in which everything depends on everything', tables],
] as const)
  test(`so it does for random ${what}`, () => {
    const drawn = rulesets.chain((live) =>
      fc.array(connectionsFor(live, 'ipv4'), { minLength: 30, maxLength: 30 }).map((each) => ({ live, each })),
    )
    fc.assert(
      fc.property(drawn, ({ live, each }) => {
        const analyses = analyzed(live, 'ipv4')
        for (const connection of each) agree(live, analyses, connection)
      }),
      { numRuns: 300 * TIMES },
    )
  })

test.run()
