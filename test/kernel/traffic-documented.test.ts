import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { documented, examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { ALEX, APPLICATION, CALLER, type Connection, GID_OF_ALEX, UID_OF_ALEX } from './harness/sidecar'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([documented, ...agents])
const traffic: [name: keyof typeof examples, what: string, connections: Connection[]][] = [
  [
    'example 1',
    'nothing is intercepted',
    [
      [CALLER, 'app:80', 'app:80'],
      [APPLICATION, 'outside:80', 'outside:80'],
      [APPLICATION, 'localhost:80', 'app:80'],
      [ALEX, 'outside:80', 'outside:80'],
    ],
  ],
  [
    'example 2',
    "what comes in on 80 and 443 is the proxy's, whoever sends it",
    [
      [CALLER, 'app:80', 'proxy'],
      [CALLER, 'app:443', 'proxy'],
      [CALLER, 'alias:80', 'proxy'],
      ['outside 501:20', 'app:80', 'proxy'],
      [CALLER, 'app:8080', 'app:8080'],
      [CALLER, 'app:22', 'app:22'],
      [CALLER, 'app:9080', 'proxy'],
      [APPLICATION, 'outside:80', 'outside:80'],
      [APPLICATION, 'app:80', 'app:80'],
      [APPLICATION, 'localhost:80', 'app:80'],
    ],
  ],
  [
    'example 3',
    "what goes out to 80 is the proxy's, unless the proxy sends it",
    [
      [APPLICATION, 'outside:80', 'proxy'],
      ['app 0:0', 'outside:80', 'proxy'],
      [APPLICATION, 'outside:443', 'outside:443'],
      [APPLICATION, 'app:80', 'proxy'],
      [APPLICATION, 'alias:80', 'proxy'],
      [APPLICATION, 'localhost:80', 'proxy'],
      [ALEX, 'outside:80', 'outside:80'],
      [ALEX, 'app:80', 'app:80'],
      [ALEX, 'localhost:80', 'app:80'],
      [CALLER, 'app:80', 'app:80'],
    ],
  ],
  [
    'example 3',
    'the group of the proxy is exempt everywhere, its user to other local addresses than 127.0.0.1',
    [
      [GID_OF_ALEX, 'outside:80', 'outside:80'],
      [GID_OF_ALEX, 'app:80', 'app:80'],
      [GID_OF_ALEX, 'localhost:80', 'app:80'],
      [UID_OF_ALEX, 'app:80', 'app:80'],
      [UID_OF_ALEX, 'alias:80', 'app:80'],
      [UID_OF_ALEX, 'loopback2:80', 'app:80'],
      [UID_OF_ALEX, 'localhost:80', 'proxy'],
      [UID_OF_ALEX, 'outside:80', 'proxy'],
    ],
  ],
  [
    'example 4',
    'both',
    [
      [CALLER, 'app:80', 'proxy'],
      [CALLER, 'app:443', 'proxy'],
      [CALLER, 'app:8080', 'app:8080'],
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'outside:443', 'outside:443'],
      [APPLICATION, 'localhost:443', 'app:443'],
      [ALEX, 'outside:80', 'outside:80'],
      [UID_OF_ALEX, 'alias:80', 'app:80'],
    ],
  ],
]

for (const [name, what, connections] of traffic)
  test(`${name}: ${what}`, async ({ agent, sidecar }) => {
    const { app, connect } = await sidecar()
    await succeeded(agent.apply(app, examples[name].options))
    assert.equal(await connect(connections), connections)
  })

test.run()
