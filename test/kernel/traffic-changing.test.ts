import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import { nftOnce } from './harness/nft'
import { APPLICATION, count } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { restore } from './harness/table'

// The kernel tracks connections only while some rule of the namespace needs that, and then for the first time looks at
// those that exist already. The foreign rules see to it here that it is on before ours come, and after they have gone.

const test = kernelSuite([...agents, nftOnce])
const { options } = examples['example 3']

test('a connection that exists when the rules come goes on as it was', async ({ agent, sidecar }) => {
  const { app, hold } = await sidecar()
  await succeeded(restore(app, foreign))
  const [before, again] = await hold(APPLICATION, 'outside:80')
  await succeeded(agent.apply(app, options))
  assert.equal([before, await again()], ['outside:80', 'outside:80'])
})

test('a connection that exists when the rules go stays with the proxy', async ({ agent, sidecar }) => {
  const { app, hold } = await sidecar()
  await succeeded(restore(app, foreign))
  await succeeded(agent.apply(app, options))
  const [before, again] = await hold(APPLICATION, 'outside:80')
  await succeeded(agent.clean(app))
  assert.equal([before, await again()], ['proxy', 'proxy'])
})

test('applying and cleaning up under traffic costs no connection', async ({ agent, sidecar }) => {
  const { app, loop } = await sidecar()
  await succeeded(restore(app, foreign))
  const stop = await loop(APPLICATION, 'outside:80')
  for (let round = 0; round < 5; round++) {
    await succeeded(agent.apply(app, options))
    await succeeded(agent.clean(app))
  }
  assert.equal(Object.keys(count(await stop())).sort(), ['outside:80', 'proxy'])
})

test.run()
