import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderDocument } from '../../src/render/render'
import { compare } from '../../src/ruleset/compare'
import { isManagedChain, strayReturns } from '../../src/ruleset/ownership'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { declaration, inverse, isEmpty, NOTHING, transaction } from '../../src/ruleset/transaction'
import { interceptions } from '../options'
import { damagedOf, situations, wantedOf } from './random'
import { load } from './simulate'

const RUNS = { numRuns: 1000 }

test('one transaction reaches the wanted rules, from any live table', () => {
  fc.assert(
    fc.property(situations, interceptions, ({ live }, interception) => {
      const wanted = wantedOf(interception)
      const after = load(live, renderDocument(transaction(live, wanted)))
      assert.equal(compare(after, wanted), [])
      assert.ok(isEmpty(transaction(after, wanted)))
    }),
    RUNS,
  )
})

test('applying leaves foreign rules and their order as they are', () => {
  fc.assert(
    fc.property(situations, interceptions, ({ live, foreign }, interception) => {
      const wanted = wantedOf(interception)
      const applied = load(live, renderDocument(transaction(live, wanted)))
      const cleaned = load(applied, renderDocument(transaction(applied, NOTHING)))
      assert.equal(Object.fromEntries(cleaned), Object.fromEntries(foreign))
    }),
    RUNS,
  )
})

test('one transaction cleans up, and leaves the others', () => {
  fc.assert(
    fc.property(situations, ({ live, foreign }) => {
      const cleaned = load(live, renderDocument(transaction(live, NOTHING)))
      assert.equal(Object.fromEntries(cleaned), Object.fromEntries(foreign))
    }),
    RUNS,
  )
})

test('a damaged set is repaired by the same options, and foreign rules stay as they are', () => {
  fc.assert(
    fc.property(damagedOf(interceptions), ({ interception, live, foreign }) => {
      const wanted = wantedOf(interception)
      const applied = load(live, renderDocument(transaction(live, wanted)))
      assert.equal(compare(applied, wanted), [])
      assert.equal(strayReturns(applied, wanted), [])
      const cleaned = load(applied, renderDocument(transaction(applied, NOTHING)))
      assert.equal(Object.fromEntries(cleaned), Object.fromEntries(foreign))
    }),
    RUNS,
  )
})

/** A table without the RETURNs that were named as strays. */
const withoutStrays = (table: Ruleset, named: { text: string }[]) =>
  new Map(
    [...table].map(([chain, rules]) => [
      chain,
      rules.filter(({ text }) => chain !== 'OUTPUT' || !named.some((each) => each.text === text)),
    ]),
  )

test('of a damaged set, cleaning up and other options leave at most RETURNs that are named as strays', () => {
  fc.assert(
    fc.property(damagedOf(interceptions), interceptions, ({ live, foreign }, other) => {
      for (const goal of [NOTHING, wantedOf(other)]) {
        const strays = strayReturns(live, goal)
        const applied = load(live, renderDocument(transaction(live, goal)))
        const cleaned = load(applied, renderDocument(transaction(applied, NOTHING)))
        assert.equal(
          Object.fromEntries(withoutStrays(cleaned, strays)),
          Object.fromEntries(withoutStrays(foreign, strays)),
        )
      }
    }),
    RUNS,
  )
})

test('differences are seen exactly when there is something to do', () => {
  fc.assert(
    fc.property(situations, interceptions, ({ live }, interception) => {
      const wanted = wantedOf(interception)
      assert.is(compare(live, wanted).length === 0, isEmpty(transaction(live, wanted)))
    }),
    RUNS,
  )
})

test('the document of the options ends in the same rules as the transaction, and its inverse undoes it', () => {
  fc.assert(
    fc.property(interceptions, (interception) => {
      const wanted = wantedOf(interception)
      const empty: Ruleset = new Map(['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'].map((chain) => [chain, []]))
      const applied = load(empty, renderDocument(declaration(wanted)))
      assert.equal(applied, load(empty, renderDocument(transaction(empty, wanted))))
      assert.equal(load(applied, renderDocument(inverse(wanted))), empty)
    }),
    RUNS,
  )
})

test('no rule of others is ever part of a document', () => {
  fc.assert(
    fc.property(situations, interceptions, ({ live }, interception) => {
      const { create, reset, remove, add, insert, drop } = transaction(live, wantedOf(interception))
      for (const chain of [...create, ...reset, ...drop]) assert.ok(isManagedChain(chain))
      for (const { text } of [...remove, ...add, ...insert]) assert.not.match(text, /DOCKER|KUBE|MARK|_OLD|LOG/)
    }),
    RUNS,
  )
})

test.run()
