import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { documented, examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Turn } from './harness/peer-process'
import { APPLICATION, count, sum } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { restore } from './harness/table'

const one = examples['example 3'].options
const another = examples['example 4'].options
const test = kernelSuite(agents)
const counterpart = kernelSuite([documented])

test('no connection escapes or fails while two sets replace each other', async ({ agent, sidecar, tools }) => {
  const { app, loop } = await sidecar()
  await succeeded(agent.apply(app, one))
  const turns: Turn[] = []
  let applies = 0
  while (sum(count(turns)) < 5_000) {
    const stop = await loop(APPLICATION, 'outside:80')
    for (let round = 0; round < 100; round++) await succeeded(agent.apply(app, applies++ % 2 ? one : another))
    turns.push(...(await stop()))
  }
  const counts = count(turns)
  const { proxy = 0, 'outside:80': escaped = 0 } = counts
  const errors = sum(counts) - proxy - escaped
  console.log(
    `gap-free ${agent.name} ${tools.backend}: ${applies} applies, ${sum(counts)} connections, ${escaped} escaped, ${errors} errors`,
  )
  assert.equal(Object.keys(counts), ['proxy'])
})

counterpart('cleaned up and applied again, they do escape', async ({ agent, sidecar, tools }) => {
  const { app, loop } = await sidecar()
  await succeeded(restore(app, foreign))
  await succeeded(agent.apply(app, one))
  const stop = await loop(APPLICATION, 'outside:80')
  for (let round = 0; round < 10; round++) {
    await agent.clean(app, [])
    await succeeded(agent.apply(app, one))
  }
  const counts = count(await stop())
  const escaped = counts['outside:80'] ?? 0
  console.log(`with gaps ${agent.name} ${tools.backend}: ${sum(counts)} connections, ${escaped} escaped`)
  assert.ok(escaped > 0)
})

test.run()
counterpart.run()
