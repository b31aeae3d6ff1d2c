import * as assert from 'uvu/assert'
import { type Agent, agents } from './harness/agent'
import { type Ended, succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Lab } from './harness/lab'
import type { In } from './harness/namespace'
import { isQuiet, quiet } from './harness/quiet'
import { kernelSuite } from './harness/suite'
import { restore, stateOf } from './harness/table'

const test = kernelSuite(agents)

/** The same for every agent. */
const ROUNDS = { kills: 200, ends: 50 }

/** Large, so that writing takes its share of an apply, and the documents are more than a pipe holds. */
const ports = (first: number) => Array.from({ length: 700 }, (_, at) => first + at).join()
const SETS = [
  ['--apisix-user', '501:20', '--outbound-ports', ports(1001), '--inbound-ports', '80,443'],
  ['--apisix-user', '636:636', '--outbound-ports', ports(3001), '--apisix-inbound-capture-port', '9081'],
] as const

type Which = 0 | 1

/** Ends so many applies by a signal, at random moments of their time, each over the other set; gives how they ended. */
async function strike({ agent, namespace }: Lab & { agent: Agent }, signal: NodeJS.Signals, times: number) {
  const app = await namespace()
  await succeeded(restore(app, foreign))
  const apply = (which: Which, how: In = {}) => agent.apply(app, [...SETS[which]], how)
  const states: string[] = []
  let longest = 0
  for (const which of [0, 1, 0, 1] as const) {
    const start = performance.now()
    await succeeded(apply(which))
    longest = performance.now() - start
    states[which] = await stateOf(app)
  }
  async function which(moment: number): Promise<Which> {
    const live = await stateOf(app)
    const found = states.indexOf(live)
    if (found >= 0) return found as Which
    assert.is(live, states[0], `neither set is active, whole, ${moment} ms after the start of an apply over the other`)
    return 0
  }

  const counts = { old: 0, new: 0 }
  const endings: Ended[] = []
  for (let current: Which = 1; endings.length < times; ) {
    const next = (1 - current) as Which
    const after = Math.random() * longest
    const ended = await apply(next, { interrupt: { after, signal } })
    if (!isQuiet(app)) await which(after)
    await quiet(app)
    current = await which(after)
    if (ended.status === 0) continue
    endings.push(ended)
    counts[current === next ? 'new' : 'old']++
  }
  await succeeded(apply(0))
  assert.is(await which(longest), 0)
  return { endings, figures: `${times} ${signal}, 0 between the sets, ${counts.old} old, ${counts.new} new` }
}

test('killed at any moment, the old or the new set is active, and one more apply converges', async (lab) => {
  const { figures } = await strike(lab, 'SIGKILL', ROUNDS.kills)
  console.log(`killed ${lab.agent.name} ${lab.tools.backend}: ${figures}`)
})

// Before its first instruction and behind its last, the signal itself ends Node.js: a shell calls that 143 too.
test('ended by SIGTERM at any moment, the old or the new set is active, and the status is 143', async (lab) => {
  const { endings, figures } = await strike(lab, 'SIGTERM', ROUNDS.ends)
  const handled = endings.filter(({ status }) => status === 143)
  const unhandled = endings.filter(({ signal }) => signal === 'SIGTERM')
  assert.is(handled.length + unhandled.length, endings.length)
  assert.ok(handled.length > 0)
  console.log(`ended ${lab.agent.name} ${lab.tools.backend}: ${figures}, ${handled.length} with its last words`)
})

test.run()
