import { type Agent, program } from '../kernel/harness/agent'
import { documented, examples } from '../kernel/harness/documented'
import { succeeded } from '../kernel/harness/exec'
import { inLab } from '../kernel/harness/lab'
import type { Turn } from '../kernel/harness/peer-process'
import { APPLICATION, count, sum } from '../kernel/harness/sidecar'
import type { Backend, Figure, Setting } from './setting'

/** The connections of an application, in their order, while rules are re-applied: who answered how many in a row. */
export interface Strip {
  backend: Backend
  way: string
  turns: Turn[]
}

/** Milliseconds in which rules are re-applied again and again. */
const LONG = 5_000
const ONE = examples['example 3'].options
const TWO = examples['example 4'].options

/** What escapes while the program replaces one set by another, and while the documented commands clean up and set up. */
export async function gaps({ size }: Setting, backend: Backend): Promise<{ figures: Figure[]; strips: Strip[] }> {
  const ours = await connections(backend, program, size(LONG), (round) => [
    () => round.apply(TWO),
    () => round.apply(ONE),
  ])
  const theirs = await connections(backend, documented, size(LONG), (round) => [round.clean, () => round.apply(ONE)])
  const [one, other] = [shareOf(ours), shareOf(theirs)]
  const what = 'connections that escape while rules are re-applied ÷ with the documented commands'
  return {
    figures: [{ what, backend, unit: '%', one, other, ratio: one / other, bound: 0 }],
    strips: [
      { backend, way: 'one transaction', turns: ours },
      { backend, way: 'clean-up, then set-up', turns: theirs },
    ],
  }
}

interface Round {
  apply(options: string[]): Promise<unknown>
  clean(): Promise<unknown>
}

async function connections(
  backend: Backend,
  agent: Agent,
  milliseconds: number,
  steps: (round: Round) => (() => Promise<unknown>)[],
): Promise<Turn[]> {
  let turns: Turn[] = []
  await inLab(backend, async ({ sidecar }) => {
    const { app, loop } = await sidecar()
    const round: Round = { apply: (options) => succeeded(agent.apply(app, options)), clean: () => agent.clean(app) }
    await round.apply(ONE)
    const stop = await loop(APPLICATION, 'outside:80')
    const end = Date.now() + milliseconds
    do for (const step of steps(round)) await step()
    while (Date.now() < end)
    turns = await stop()
  })
  return turns
}

/** How many of a hundred connections the proxy did not get. */
function shareOf(turns: Turn[]): number {
  const { proxy = 0, ...others } = count(turns)
  return (100 * sum(others)) / (proxy + sum(others))
}
