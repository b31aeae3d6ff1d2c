import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { COMMON } from './harness/documented'
import { succeeded } from './harness/exec'
import { nftOnce } from './harness/nft'
import { ALEX, APPLICATION, CALLER, type Connection, GID_OF_ALEX, UID_OF_ALEX } from './harness/sidecar'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([...agents, nftOnce])
const traffic: [options: string, what: string, connections: Connection[]][] = [
  [
    '--inbound-ports *',
    "all that comes in is the proxy's, but for 22",
    [
      [CALLER, 'app:22', 'app:22'],
      [CALLER, 'app:80', 'proxy'],
      [CALLER, 'alias:8443', 'proxy'],
      [CALLER, 'app:7777', 'proxy'],
      [APPLICATION, 'outside:80', 'outside:80'],
      [APPLICATION, 'localhost:80', 'app:80'],
    ],
  ],
  [
    '--inbound-ports * --inbound-exclude-ports 8080,8443',
    "all that comes in is the proxy's, but for 22 and the excluded",
    [
      [CALLER, 'app:22', 'app:22'],
      [CALLER, 'app:8080', 'app:8080'],
      [CALLER, 'app:8443', 'app:8443'],
      [CALLER, 'app:80', 'proxy'],
    ],
  ],
  ['--inbound-ports 22', "22 is the proxy's when it is listed", [[CALLER, 'app:22', 'proxy']]],
  [
    '--outbound-ports *',
    "all that goes out is the proxy's, to 22 and 127.0.0.1 too",
    [
      [APPLICATION, 'outside:22', 'proxy'],
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'outside:7777', 'proxy'],
      [APPLICATION, 'app:80', 'proxy'],
      [APPLICATION, 'localhost:80', 'proxy'],
      [ALEX, 'outside:80', 'outside:80'],
      [ALEX, 'localhost:80', 'app:80'],
      [GID_OF_ALEX, 'outside:22', 'outside:22'],
      [UID_OF_ALEX, 'alias:80', 'app:80'],
      [UID_OF_ALEX, 'localhost:80', 'proxy'],
      [CALLER, 'app:80', 'app:80'],
    ],
  ],
  [
    '--outbound-ports * --outbound-exclude-ports 443,8443',
    "all that goes out is the proxy's, but for the excluded",
    [
      [APPLICATION, 'outside:443', 'outside:443'],
      [APPLICATION, 'localhost:8443', 'app:8443'],
      [APPLICATION, 'outside:80', 'proxy'],
    ],
  ],
  [
    '--inbound-ports 80 --inbound-exclude-ports 443 --outbound-ports 80 --outbound-exclude-ports 443',
    'excluding does nothing where ports are listed',
    [
      [CALLER, 'app:80', 'proxy'],
      [CALLER, 'app:443', 'app:443'],
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'outside:443', 'outside:443'],
    ],
  ],
  [
    '--apisix-inbound-capture-port 9081 --inbound-ports 80 --outbound-ports 80',
    'what comes in has a port of its own',
    [
      [CALLER, 'app:80', 'capture'],
      [CALLER, 'app:443', 'app:443'],
      [APPLICATION, 'outside:80', 'proxy'],
    ],
  ],
  [
    '--apisix-inbound-capture-port 9081 --inbound-ports * --outbound-ports *',
    'so it has when all is intercepted',
    [
      [CALLER, 'app:22', 'app:22'],
      [CALLER, 'app:443', 'capture'],
      [APPLICATION, 'outside:443', 'proxy'],
      [ALEX, 'outside:443', 'outside:443'],
    ],
  ],
]

for (const [options, what, connections] of traffic)
  test(`${options}: ${what}`, async ({ agent, sidecar }) => {
    const { app, connect } = await sidecar()
    await succeeded(agent.apply(app, [...COMMON, ...options.split(' ')]))
    assert.equal(await connect(connections), connections)
  })

test.run()
