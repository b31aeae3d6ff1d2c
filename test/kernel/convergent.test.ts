import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { Interception } from '../../src/interception/interception'
import { backendNamed } from '../../src/netfilter/backend'
import { converge } from '../../src/netfilter/converge'
import { namespaceAt } from '../../src/netfilter/namespace'
import { natOf } from '../../src/netfilter/nat'
import { compare } from '../../src/ruleset/compare'
import { strayReturns } from '../../src/ruleset/ownership'
import { parseSaved } from '../../src/ruleset/parse'
import type { Rule } from '../../src/ruleset/rule'
import { byChain, type Ruleset, type Wanted } from '../../src/ruleset/ruleset'
import { NOTHING } from '../../src/ruleset/transaction'
import { run } from '../../src/system/run'
import { interceptionsOf, optionsOf } from '../options'
import { wantedOf } from '../ruleset/random'
import { type Agent, agents, program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { damaged, loadable, loadWhole } from './harness/situations'
import { kernelSuite } from './harness/suite'
import { saved, table } from './harness/table'

/** Brings an interception into force, cleans up, and says which rules it wants. */
interface Way {
  wanted(interception: Interception): Wanted | Promise<Wanted>
  apply(interception: Interception): Promise<unknown>
  clean(): Promise<unknown>
}

/** What the program does between reading its options and its last words: cheap enough for many situations. */
function core(at: Namespace): Way {
  const backend = backendNamed(at.tools.backend, 'ipv4', at.tools.path)
  const settle = (wanted: Wanted) => {
    const deadline = Date.now() + 30_000
    return converge(natOf(backend, namespaceAt(at.file, run), { wait: 5, deadline }), wanted, deadline)
  }
  return {
    wanted: wantedOf,
    apply: (interception) => settle(wantedOf(interception)),
    clean: () => settle(NOTHING),
  }
}

const whole = (agent: Agent, at: Namespace): Way => ({
  wanted: wantedOf,
  apply: (interception) => succeeded(agent.apply(at, optionsOf(interception))),
  clean: () => succeeded(agent.clean(at)),
})

/** One apply reaches the wanted rules and one clean-up removes them, from random tables; figures say from how many. */
async function converges(at: Namespace, way: Way, name: string, numRuns: number): Promise<void> {
  const seen = { situations: 0, rules: 0 }
  const property = fc.asyncProperty(loadable, interceptionsOf('ipv4'), async ({ live, foreign }, interception) => {
    await loadWhole(at, foreign)
    const theirs = await table(at)
    await loadWhole(at, live)
    assert.equal(parseSaved(await saved(at)), live, 'the kernel prints other rules than it was given')
    await way.apply(interception)
    const after = parseSaved(await saved(at))
    const wanted = await way.wanted(interception)
    assert.equal(compare(after, wanted), [])
    assert.ok(isMixed(after, foreign, byChain(wanted)), 'foreign rules are not as before')
    await way.clean()
    assert.is(await table(at), theirs)
    seen.situations++
    seen.rules += [...live.values()].flat().length
  })
  await fc.assert(property, { numRuns, includeErrorInReport: true })
  console.log(`convergent ${name}: ${seen.situations} live tables with ${seen.rules} rules, 0 that did not converge`)
}

/** Damaged sets in the kernel: the same options repair them, and cleaning leaves the foreign rules and what is named as stray. */
async function repairs(at: Namespace, way: Way, name: string, numRuns: number): Promise<void> {
  let strays = 0
  const property = fc.asyncProperty(damaged, async ({ interception, live, foreign }) => {
    await loadWhole(at, foreign)
    const theirs = await table(at)
    await loadWhole(at, live)
    await way.apply(interception)
    const after = parseSaved(await saved(at))
    assert.equal(compare(after, await way.wanted(interception)), [])
    await way.clean()
    assert.is(await table(at), theirs)
    await loadWhole(at, live)
    await way.clean()
    const named = strayReturns(live, NOTHING)
    strays += named.length
    const left = (await table(at)).split('\n').filter((line) => !named.some(({ text }) => line === `-A OUTPUT ${text}`))
    assert.is(left.join('\n'), theirs)
  })
  await fc.assert(property, { numRuns, includeErrorInReport: true })
  console.log(`damaged ${name}: ${numRuns} sets repaired, ${strays} RETURNs named as strays`)
}

/** Whether each chain holds the rules of both, both in their order, and no others. */
function isMixed(mixed: Ruleset, one: Ruleset, two: Ruleset): boolean {
  return [...mixed].every(([chain, rules]) => {
    const parts = [one, two].map((part) => (part.get(chain) ?? []).map(({ canonical }) => canonical))
    return parts.flat().length === rules.length && parts.every((part) => holdsInOrder(rules, part))
  })
}

function holdsInOrder(rules: Rule[], part: string[]): boolean {
  let found = 0
  for (const { text } of rules) if (text === part[found]) found++
  return found === part.length
}

const cores = kernelSuite([program])
const test = kernelSuite(agents)

cores('100 random tables converge', async ({ namespace, tools }) => {
  const at = await namespace()
  await converges(at, core(at), `${tools.backend}, in process`, 100)
})

test('random tables converge', async ({ agent, namespace, tools }) => {
  const at = await namespace()
  await converges(at, whole(agent, at), `${tools.backend}, by the ${agent.name}`, 10)
})

cores('60 damaged sets are repaired', async ({ namespace, tools }) => {
  const at = await namespace()
  await repairs(at, core(at), `${tools.backend}, in process`, 60)
})

test('damaged sets are repaired', async ({ agent, namespace, tools }) => {
  const at = await namespace()
  await repairs(at, whole(agent, at), `${tools.backend}, by the ${agent.name}`, 6)
})

cores.run()
test.run()
