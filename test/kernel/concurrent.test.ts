import * as assert from 'uvu/assert'
import { type Agent, agents } from './harness/agent'
import { type Ended, succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Lab } from './harness/lab'
import type { In } from './harness/namespace'
import { ONE, THREE, TWO } from './harness/sets'
import { APPLICATION, count, sum } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { restore, stateOf } from './harness/table'
import { type Tools, together } from './harness/tools'
import { watch } from './harness/watch'

const EACH = Array.from({ length: 16 })

/** The observers go first: 32 programs leave them little of the processor otherwise. */
const NICE = 10

/** How 32 come together: as they are started, or each with the same table before it, which is the worst that can happen. */
const meetings: [how: string, who: Agent[], how: (tools: Tools) => In][] = [
  ['at once', agents, () => ({ nice: NICE })],
  ['after one look', agents, (tools) => ({ nice: NICE, path: together(tools, 32).path })],
]

/** A pod with foreign rules, its tables as they are to be with these sets of ours, and eyes on it. */
async function scene({ agent, namespace, sidecar }: Lab & { agent: Agent }, ...sets: string[][]) {
  const { app, loop } = await sidecar()
  const reference = await namespace()
  for (const at of [reference, app]) await succeeded(restore(at, foreign))
  const states = [await stateOf(reference)]
  for (const set of sets) {
    await succeeded(agent.apply(reference, set))
    states.push(await stateOf(reference))
  }
  async function observe() {
    const stop = [await watch(app), await loop(APPLICATION, 'outside:80')] as const
    return async () => ({ seen: await stop[0](), turns: await stop[1]() })
  }
  return { app, states, observe, state: () => stateOf(app) }
}

async function allSucceed(endings: Promise<Ended>[]): Promise<void> {
  const failed = (await Promise.all(endings)).filter(({ status }) => status !== 0)
  assert.equal(failed, [])
}

/**
 * A table without the second of two copies.
 *
 * On nft two that set up at the same instant may both be let in (facts 23): each then finds two copies, and leaves one.
 */
const once = (state: string) => [...new Set(state.split('\n'))].join('\n')
const strangers = (seen: string[], known: string[]) => seen.filter((state) => !known.includes(state))
const doubled = (seen: string[]) => seen.filter((state) => once(state) !== state).length

for (const [how, who, start] of meetings) {
  const test = kernelSuite(who)

  test(`32 first applies ${how}: one copy, and no moment without once it was there`, async (lab) => {
    const { app, states, observe, state } = await scene(lab, ONE)
    const stop = await observe()
    const meet = start(lab.tools)
    await allSucceed([...EACH, ...EACH].map(() => lab.agent.apply(app, ONE, meet)))
    const { seen, turns } = await stop()
    assert.is(await state(), states[1])
    assert.is(seen.states[0], states[0])
    assert.equal(strangers(seen.states.slice(1).map(once), [states[1] ?? '']), [])
    const answers = turns.map(([answer]) => answer)
    assert.equal(answers, ['outside:80', 'proxy'])
    const proxied = count(turns).proxy
    const tables = `${seen.reads} tables seen, ${doubled(seen.states)} of them doubled`
    const figures = `32 exit 0, one copy, ${tables}, ${proxied} connections since, 0 escaped, 0 errors`
    console.log(`first applies ${how} ${lab.agent.name} ${lab.tools.backend}: ${figures}`)
  })

  test(`32 applies of two sets ${how}: one of them, and never a moment without`, async (lab) => {
    const { app, states, observe, state } = await scene(lab, ONE, TWO, THREE)
    await succeeded(lab.agent.apply(app, THREE))
    const stop = await observe()
    const meet = start(lab.tools)
    await allSucceed(EACH.flatMap(() => [lab.agent.apply(app, TWO, meet), lab.agent.apply(app, ONE, meet)]))
    const { seen, turns } = await stop()
    assert.ok(states.slice(1, 3).includes(await state()))
    assert.equal(strangers(seen.states.map(once), states.slice(1)), [])
    assert.equal(strangers(Object.keys(count(turns)), ['capture', 'proxy']), [])
    const tables = `${seen.reads} tables seen in ${seen.states.length} turns`
    const figures = `32 exit 0, one copy, ${tables}, ${sum(count(turns))} connections, 0 escaped, 0 errors`
    console.log(`two sets ${how} ${lab.agent.name} ${lab.tools.backend}: ${figures}`)
  })

  test(`16 applies against 16 clean-ups ${how}: one copy or none`, async (lab) => {
    const { app, states, observe, state } = await scene(lab, ONE, THREE)
    await succeeded(lab.agent.apply(app, THREE))
    const stop = await observe()
    const meet = start(lab.tools)
    await allSucceed(EACH.flatMap(() => [lab.agent.apply(app, ONE, meet), lab.agent.clean(app, [], meet)]))
    const { seen, turns } = await stop()
    const end = states.indexOf(await state())
    assert.ok(end === 0 || end === 1)
    assert.equal(strangers(seen.states.map(once), states), [])
    assert.equal(strangers(Object.keys(count(turns)), ['outside:80', 'proxy']), [])
    const figures = `32 exit 0, ${seen.reads} tables seen in ${seen.states.length} turns, ${end === 1 ? 'one copy' : 'none'} at the end`
    console.log(`applies against clean-ups ${how} ${lab.agent.name} ${lab.tools.backend}: ${figures}`)
  })

  test.run()
}
