import * as assert from 'uvu/assert'
import { program } from './harness/agent'
import { examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { nftOnce } from './harness/nft'
import { createPod, requestTo, type SidecarProxy } from './harness/pod'
import type { Place } from './harness/sidecar'
import { kernelSuite } from './harness/suite'
import { BACKENDS } from './harness/tools'

const OPTIONS = [...examples['example 4'].options, '--ip-family', 'dual']
const PROXY = '501:20'
const SOMEBODY = '1000:1000'

/** Who asks, where to, with which Host header, and the answer: who was reached, by how many proxies. */
type Exchange = [from: Place, to: string, name: string, answer: string]

const BY_HOST: Exchange[] = [
  ['outside', 'app:80', 'app.example', 'localhost:80 via 1'],
  ['outside', 'app:443', 'app.example', 'localhost:80 via 1'],
  ['outside', 'app6:80', 'app6.example', 'localhost6:80 via 1'],
  ['app', 'outside:80', 'outside.example', 'outside:80 via 1'],
  ['app', 'outside6:80', 'outside6.example', 'outside6:80 via 1'],
  ['app', 'outside:80', 'app.example', 'localhost:80 via 1'],
  ['app', 'app:80', 'outside6.example', 'outside6:80 via 1'],
]

const BY_DESTINATION: Exchange[] = [
  ['outside', 'app:80', 'app.example', 'app:80 via 1'],
  ['outside', 'app:443', 'app.example', 'app:443 via 1'],
  ['outside', 'alias:80', 'app.example', 'alias:80 via 1'],
  ['app', 'outside:80', 'outside.example', 'outside:80 via 1'],
  ['app', 'app:80', 'app.example', 'app:80 via 1'],
  ['app', 'localhost:80', 'app.example', 'localhost:80 via 1'],
  ['app', 'outside:80', 'app.example', 'outside:80 via 1'],
]

const BY_DESTINATION6: Exchange[] = [
  ['outside', 'app6:80', 'app6.example', 'app6:80 via 1'],
  ['outside', 'app6:443', 'app6.example', 'app6:443 via 1'],
  ['app', 'outside6:80', 'outside6.example', 'outside6:80 via 1'],
  ['app', 'localhost6:80', 'app6.example', 'localhost6:80 via 1'],
]

/** What no proxy is to see. */
const BYPASSING: Exchange[] = [
  ['outside', 'app:8080', 'app.example', 'app:8080 via 0'],
  ['app', 'outside:443', 'outside.example', 'outside:443 via 0'],
  ['app', 'outside6:8080', 'outside6.example', 'outside6:8080 via 0'],
]

/** The proxies; which exchanges each has to pass on; how a request into the application ends that makes one out; and what a loop is answered. */
const CASES: [proxy: SidecarProxy, exchanges: Exchange[], inAndOut: string, loop: string][] = [
  ['nginx', BY_HOST, 'localhost:80 via 1, outside:80 via 1', '508'],
  ['haproxy', BY_DESTINATION, 'app:80 via 1, outside:80 via 1', '508'],
  ['squid', [...BY_DESTINATION, ...BY_DESTINATION6], 'app:80 via 1, outside:80 via 1', '403'],
]

for (const [proxy, exchanges, inAndOut, loop] of CASES) {
  const test = kernelSuite([program, nftOnce], BACKENDS, [proxy])

  test(`${proxy} passes on what comes in and goes out, and its own does not come back`, async ({ agent, ...lab }) => {
    const { app, fetch, start } = await createPod(lab)
    const hold = async (expected: Exchange[]) => {
      const found = expected.map(async ([from, to, name]) => [from, to, name, await fetch(from, requestTo(to, name))])
      assert.is((await Promise.all(found)).join('\n'), expected.join('\n'))
    }
    const direct = exchanges.map(([from, to, name]): Exchange => [from, to, name, `${to} via 0`])
    const outward = requestTo('outside:80', 'outside.example')

    const end = await start(proxy, PROXY)
    await hold(direct)
    await succeeded(agent.apply(app, OPTIONS))
    await hold([...exchanges, ...BYPASSING])
    assert.is(await fetch('outside', requestTo('app:80', 'app.example', outward)), inAndOut)
    await end()
    assert.is(await fetch('app', outward), 'ECONNREFUSED')

    // As somebody whose connections are redirected, it is given its own.
    await start(proxy, SOMEBODY)
    assert.is(await fetch('app', outward), loop)
    await succeeded(agent.clean(app))
    await hold(direct)
  })

  test.run()
}
