import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Analysis, type Analyzed, analyze } from '../../src/engine/analyze'
import { HOOKS } from '../../src/engine/conditions'
import { decide } from '../../src/engine/decide'
import { diff } from '../../src/engine/diff'
import { diagramOf, policyOf, sentencesOf } from '../../src/engine/policy'
import { neverMatching } from '../../src/engine/reach'
import { parseSaved } from '../../src/ruleset/parse'
import type { Ruleset } from '../../src/ruleset/ruleset'
import type { Connection } from '../../src/trace/connection'
import { trace } from '../../src/trace/trace'
import { interceptions } from '../options'
import { situations } from '../ruleset/random'
import { rulesetOf, textsOf } from '../ruleset/texts'
import { fixture } from '../support'
import { tableFor } from '../trace/tables'
import { connectionsFor, outcomeOfVerdict } from './connections'
import { tables } from './tables'

const random = fc.oneof(
  tables,
  situations.map(({ live }) => live),
  interceptions.filter(({ ipv6 }) => ipv6 === null).map(tableFor),
)

/** A table, and the same with one rule taken out, put elsewhere or doubled; or another one. */
const pairs: fc.Arbitrary<[Ruleset, Ruleset]> = fc.oneof(
  fc.tuple(random, random),
  fc
    .tuple(random, fc.nat(), fc.nat(), fc.constantFrom('remove', 'move', 'double'))
    .map(([one, at, to, what]): [Ruleset, Ruleset] => {
      const other = textsOf(one)
      const chains = [...other.values()].filter((specs) => specs.length > 0)
      const specs = chains[at % Math.max(1, chains.length)]
      if (specs) {
        const [rule = ''] = what === 'double' ? [specs[at % specs.length]] : specs.splice(at % specs.length, 1)
        if (what !== 'remove') specs.splice(to % (specs.length + 1), 0, rule)
      }
      return [one, rulesetOf(other)]
    }),
)

const same = (one: string, connection: Connection) =>
  one === `to::${connection.to.port}` || one === 'to::' ? 'same' : one

/** What the rules say of a connection one by one, in the engine's words. */
const traced = (ruleset: Ruleset, connection: Connection) =>
  outcomeOfVerdict(trace(ruleset, connection).verdict, connection)

for (const hook of HOOKS) {
  test(`${hook}: a policy says all, and nothing more`, () => {
    fc.assert(
      fc.property(random, (ruleset) => {
        const analysis = analyze([ruleset], hook, 'ipv4')
        const { rulesets } = analysis
        const sentences = sentencesOf(analysis, 0) ?? []
        assert.is(diagramOf(analysis, sentences), rulesets[0]?.root)
        for (const [at] of sentences.entries()) {
          const fewer = sentences.filter((_, other) => other !== at)
          assert.is.not(diagramOf(analysis, fewer), rulesets[0]?.root, 'a sentence without effect')
        }
      }),
      { numRuns: 300 },
    )
  })

  test(`${hook}: two tables do the same exactly when nothing is listed, and each witness shows a difference`, () => {
    const drawn = pairs.chain(([one, other]) =>
      fc.tuple(
        fc.constant([one, other] as const),
        fc.array(connectionsFor(one, 'ipv4', hook === 'PREROUTING' ? 'in' : 'out'), { minLength: 30, maxLength: 30 }),
      ),
    )
    fc.assert(
      fc.property(drawn, ([[one, other], connections]) => {
        const analysis = analyze([one, other], hook, 'ipv4')
        const [first, second] = analysis.rulesets as [Analyzed, Analyzed]
        const { differences, isCut } = diff(analysis)
        assert.is(first.root === second.root, differences.length === 0 && !isCut)
        if (differences.length === 0)
          for (const connection of connections) {
            const [was, is] = [traced(one, connection), traced(other, connection)]
            if (was !== undefined && is !== undefined) assert.is(was, is)
          }
        for (const { witness, before, after } of differences.slice(0, 20)) {
          if (!witness) continue
          const [was, is] = [traced(one, witness), traced(other, witness)]
          if (was !== undefined)
            assert.equal(
              before.map((each) => same(each, witness)),
              [was],
              JSON.stringify(witness),
            )
          if (is !== undefined)
            assert.equal(
              after.map((each) => same(each, witness)),
              [is],
              JSON.stringify(witness),
            )
        }
      }),
      { numRuns: 300 },
    )
  })

  test(`${hook}: a rule that never matches is met by no connection that it fits`, () => {
    const drawn = random.chain((ruleset) =>
      fc.tuple(
        fc.constant(ruleset),
        fc.array(connectionsFor(ruleset, 'ipv4', hook === 'PREROUTING' ? 'in' : 'out'), {
          minLength: 30,
          maxLength: 30,
        }),
      ),
    )
    fc.assert(
      fc.property(drawn, ([ruleset, connections]) => {
        const dead = neverMatching(analyze([ruleset], hook, 'ipv4'), 0)
        for (const connection of connections)
          for (const { chain, number, matched } of trace(ruleset, connection).steps)
            if (matched)
              assert.not.ok(
                dead.some((each) => each.chain === chain && each.at === number - 1),
                `${chain} ${number}`,
              )
      }),
      { numRuns: 300 },
    )
  })
}

for (const file of readdirSync('fixtures/saved').filter((name) => name.endsWith('.rules')))
  test(`${file}: a policy, and no difference from itself`, () => {
    const family = file.includes('6') ? 'ipv6' : 'ipv4'
    const ruleset = parseSaved(fixture(`saved/${file}`), family)
    for (const hook of HOOKS) {
      const analysis: Analysis = analyze([ruleset, ruleset], hook, family)
      assert.equal(diff(analysis), { differences: [], isCut: false })
      assert.ok(policyOf(analysis, 0))
    }
  })

test('what happens to a whole connection depends at most on facts that it does not show, as marks', () => {
  const drawn = random.chain((ruleset) =>
    connectionsFor(ruleset, 'ipv4').map((connection) => ({ ruleset, connection })),
  )
  fc.assert(
    fc.property(drawn, ({ ruleset, connection }) => {
      const hook = connection.way === 'in' ? 'PREROUTING' : 'OUTPUT'
      const { dependsOn } = decide(analyze([ruleset], hook, 'ipv4'), 0, connection)
      assert.equal(
        dependsOn.filter((each) => !each.startsWith('whether `')),
        [],
      )
    }),
    { numRuns: 300 },
  )
})

test.run()
