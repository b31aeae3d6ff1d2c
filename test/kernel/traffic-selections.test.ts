import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { COMMON } from './harness/documented'
import { succeeded } from './harness/exec'
import { nftOnce } from './harness/nft'
import { ALEX, APPLICATION, CALLER, type Connection, UID_OF_ALEX } from './harness/sidecar'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([...agents, nftOnce])
const inIptables = kernelSuite(agents)
const USER_2000 = 'app 2000:2000' as const
const traffic: [options: string, what: string, connections: Connection[]][] = [
  [
    '--inbound-ports 79-81,443 --outbound-ports 8000:8100',
    'ranges',
    [
      [CALLER, 'app:80', 'proxy'],
      [CALLER, 'app:443', 'proxy'],
      [CALLER, 'app:8080', 'app:8080'],
      [APPLICATION, 'outside:8080', 'proxy'],
      [APPLICATION, 'outside:8443', 'outside:8443'],
    ],
  ],
  [
    '--compact --inbound-ports 22,80,443,8443 --outbound-ports 80,443',
    'many ports in one rule',
    [
      [CALLER, 'app:22', 'proxy'],
      [CALLER, 'app:8443', 'proxy'],
      [CALLER, 'app:8080', 'app:8080'],
      [APPLICATION, 'outside:443', 'proxy'],
      [APPLICATION, 'outside:22', 'outside:22'],
      [ALEX, 'outside:443', 'outside:443'],
    ],
  ],
  [
    '--outbound-ports * --outbound-exclude-cidrs 127.0.0.0/8,10.77.0.3',
    'destinations left alone',
    [
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'localhost:80', 'app:80'],
      [APPLICATION, 'alias:80', 'app:80'],
      [APPLICATION, 'app:80', 'proxy'],
    ],
  ],
  [
    '--outbound-ports 80 --outbound-cidrs 10.77.0.0/31',
    'destinations intercepted',
    [
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'outside:443', 'outside:443'],
      [APPLICATION, 'app:80', 'app:80'],
    ],
  ],
  ['--inbound-ports 80 --inbound-exclude-cidrs 10.77.0.1', 'sources left alone', [[CALLER, 'app:80', 'app:80']]],
  ['--inbound-ports 80 --inbound-exclude-cidrs 10.78.0.0/16', 'other sources', [[CALLER, 'app:80', 'proxy']]],
  [
    '--outbound-ports 80 --outbound-exclude-users 1000-1999',
    'users left alone',
    [
      [APPLICATION, 'outside:80', 'outside:80'],
      [USER_2000, 'outside:80', 'proxy'],
    ],
  ],
  [
    '--outbound-ports 80 --outbound-exclude-groups 2000',
    'groups left alone',
    [
      [APPLICATION, 'outside:80', 'proxy'],
      [USER_2000, 'outside:80', 'outside:80'],
    ],
  ],
  [
    '--outbound-ports * --outbound-exclude-ports-for-users 1000:443,8000-8100',
    'ports left alone for a user',
    [
      [APPLICATION, 'outside:443', 'outside:443'],
      [APPLICATION, 'outside:8080', 'outside:8080'],
      [APPLICATION, 'outside:80', 'proxy'],
      [USER_2000, 'outside:443', 'proxy'],
    ],
  ],
  [
    '--inbound-ports 80 --outbound-ports 80 --exclude-interfaces eth+',
    'interfaces left alone, both ways',
    [
      [CALLER, 'app:80', 'app:80'],
      [APPLICATION, 'outside:80', 'outside:80'],
      [APPLICATION, 'localhost:80', 'proxy'],
    ],
  ],
  [
    '--inbound-ports 80 --outbound-ports * --exclude-interfaces lo',
    'loopback left alone',
    [
      [APPLICATION, 'localhost:80', 'app:80'],
      [APPLICATION, 'outside:80', 'proxy'],
      [CALLER, 'app:80', 'proxy'],
    ],
  ],
  [
    '--isolate --comments --outbound-ports * --outbound-exclude-ports 443',
    'a chain of our own decides the same',
    [
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'outside:443', 'outside:443'],
      [ALEX, 'outside:80', 'outside:80'],
      [UID_OF_ALEX, 'alias:80', 'app:80'],
      [UID_OF_ALEX, 'localhost:80', 'proxy'],
    ],
  ],
  [
    '--apisix-user 636:none --outbound-ports *',
    'a second user of the proxy, without its group',
    [
      ['app 636:1000', 'outside:80', 'outside:80'],
      ['app 1000:636', 'outside:80', 'proxy'],
      [ALEX, 'outside:80', 'outside:80'],
      [APPLICATION, 'outside:80', 'proxy'],
    ],
  ],
  [
    '--outbound-ports 80 --outbound-users 1000-1999 --outbound-groups 7',
    'users and groups intercepted',
    [
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'outside:443', 'outside:443'],
      [USER_2000, 'outside:80', 'outside:80'],
      ['app 2000:7', 'outside:80', 'proxy'],
      [ALEX, 'outside:80', 'outside:80'],
    ],
  ],
  [
    '--outbound-ports 443 --outbound-cidrs 10.77.0.1 --outbound-ports-or-cidrs',
    'ports or networks',
    [
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'app:443', 'proxy'],
      [APPLICATION, 'app:80', 'app:80'],
    ],
  ],
  [
    '--apisix-inbound-capture-port 9081 --inbound-ports 80 --outbound-ports 80 --redirect-self-calls',
    'calls of the proxy to itself',
    [
      [UID_OF_ALEX, 'app:80', 'capture'],
      [UID_OF_ALEX, 'app:443', 'capture'],
      [ALEX, 'app:80', 'capture'],
      [ALEX, 'localhost:80', 'app:80'],
      [ALEX, 'outside:80', 'outside:80'],
      [APPLICATION, 'app:80', 'proxy'],
      [CALLER, 'app:80', 'capture'],
    ],
  ],
  [
    '--apisix-inbound-capture-port 9081 --inbound-ports 443 --outbound-ports 80 --reroute-interfaces eth0',
    'what comes in by an interface, as outbound traffic',
    [
      [CALLER, 'app:80', 'proxy'],
      [CALLER, 'app:443', 'app:443'],
      [APPLICATION, 'outside:80', 'proxy'],
    ],
  ],
  ['--inbound-ports 80 --inbound-local-only', 'to this machine alone', [[CALLER, 'app:80', 'proxy']]],
  [
    '--ip-family ipv6 --outbound-ports 80 --outbound-users 1000 --redirect-self-calls --apisix-inbound-capture-port 9081',
    'users and calls of the proxy to itself, in IPv6',
    [
      [APPLICATION, 'outside6:80', 'proxy'],
      [USER_2000, 'outside6:80', 'outside:80'],
      [ALEX, 'app6:443', 'capture'],
      [ALEX, 'localhost6:80', 'app:80'],
    ],
  ],
  ['--inbound-ports * --no-ssh-exempt', '22 too', [[CALLER, 'app:22', 'proxy']]],
  [
    '--ip-family dual --inbound-ports 80 --outbound-ports * --outbound-exclude-cidrs 127.0.0.1,::1',
    'both families',
    [
      [CALLER, 'app:80', 'proxy'],
      [CALLER, 'app6:80', 'proxy'],
      [CALLER, 'app6:443', 'app:443'],
      [APPLICATION, 'outside:80', 'proxy'],
      [APPLICATION, 'outside6:80', 'proxy'],
      [APPLICATION, 'localhost6:80', 'app:80'],
      [ALEX, 'outside6:80', 'outside:80'],
    ],
  ],
  [
    '--ip-family ipv6 --inbound-ports 80 --inbound-exclude-cidrs fd78::/16 --outbound-ports 443 --outbound-cidrs fd77::1/128',
    'IPv6 alone',
    [
      [CALLER, 'app:80', 'app:80'],
      [CALLER, 'app6:80', 'proxy'],
      [APPLICATION, 'outside6:443', 'proxy'],
      [APPLICATION, 'app6:443', 'app:443'],
      [APPLICATION, 'outside:443', 'outside:443'],
    ],
  ],
  [
    '--ip-family ipv6 --outbound-ports * --outbound-exclude-users 1000-1999 --exclude-interfaces lo',
    'users and interfaces, in IPv6',
    [
      [APPLICATION, 'outside6:80', 'outside:80'],
      [USER_2000, 'outside6:80', 'proxy'],
      [USER_2000, 'localhost6:80', 'app:80'],
    ],
  ],
  [
    '--ip-family ipv6 --outbound-ports 79-81,443 --outbound-exclude-groups 2000 --outbound-exclude-ports-for-users 1000:443',
    'ranges, groups and ports for a user, in IPv6',
    [
      [APPLICATION, 'outside6:80', 'proxy'],
      [APPLICATION, 'outside6:443', 'outside:443'],
      [USER_2000, 'outside6:80', 'outside:80'],
    ],
  ],
  [
    '--ip-family ipv6 --compact --comments --inbound-ports * --inbound-exclude-ports 443,8080-8090 --exclude-interfaces docker0',
    'all but some, in IPv6',
    [
      [CALLER, 'app6:80', 'proxy'],
      [CALLER, 'app6:443', 'app:443'],
      [CALLER, 'app6:8080', 'app:8080'],
      [CALLER, 'app6:22', 'app:22'],
    ],
  ],
  [
    '--ip-family ipv6 --inbound-ports 80 --inbound-exclude-cidrs fd77::1 --outbound-ports * --outbound-exclude-cidrs fd77::/64,::1',
    'sources and destinations, in IPv6',
    [
      [CALLER, 'app6:80', 'app:80'],
      [APPLICATION, 'outside6:80', 'outside:80'],
      [APPLICATION, 'localhost6:80', 'app:80'],
    ],
  ],
]

for (const [options, what, connections] of traffic)
  test(`${what}: ${options}`, async ({ agent, sidecar }) => {
    const { app, connect } = await sidecar()
    await succeeded(agent.apply(app, [...COMMON, ...options.split(' ')]))
    assert.equal(await connect(connections), connections)
  })

/** A foreign DNAT behind managed rules in OUTPUT: to where nobody listens, so that it shows (facts 3). */
const DNAT = [
  'iptables',
  '-t',
  'nat',
  '-A',
  'OUTPUT',
  '-p',
  'tcp',
  '--dport',
  '443',
  '-j',
  'DNAT',
  '--to',
  '10.77.0.1:80',
]
const OUT = [...COMMON, '--outbound-ports', '80']

inIptables(
  'a foreign DNAT behind the managed rules is reached by the group of the proxy with --isolate',
  async ({ agent, sidecar }) => {
    const { app, connect } = await sidecar()
    await succeeded(agent.apply(app, [...OUT, '--isolate']))
    await app.must(DNAT)
    const reached: Connection[] = [[ALEX, 'outside:443', 'outside:80']]
    assert.equal(await connect(reached), reached)
  },
)

inIptables('and without it, it is not', async ({ agent, sidecar }) => {
  const { app, connect } = await sidecar()
  await succeeded(agent.apply(app, OUT))
  await app.must(DNAT)
  const missed: Connection[] = [[ALEX, 'outside:443', 'outside:443']]
  assert.equal(await connect(missed), missed)
})

test.run()
inIptables.run()
