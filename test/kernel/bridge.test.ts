import * as assert from 'uvu/assert'
import { agents, program } from './harness/agent'
import { COMMON } from './harness/documented'
import { succeeded } from './harness/exec'
import type { Lab } from './harness/lab'
import { startPeer } from './harness/peer'
import type { Sidecar } from './harness/sidecar'
import { kernelSuite } from './harness/suite'

const test = kernelSuite(agents)

/** A container behind a bridge of the machine that the rules are on, which forwards for it. */
async function containerBehind({ app }: Sidecar, lab: Lab) {
  const container = await lab.namespace()
  const ip = (at: typeof app, ...lines: string[]) => at.must(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
  await ip(
    app,
    'link add docker0 type bridge',
    `link add veth0 type veth peer name eth0 netns ${container.file.split('/')[2]}`,
    'link set veth0 master docker0',
    'address add 10.88.0.1/24 dev docker0',
    'address add fd88::1/64 dev docker0 nodad',
    'link set veth0 up',
    'link set docker0 up',
  )
  await ip(
    container,
    'address add 10.88.0.2/24 dev eth0',
    'address add fd88::2/64 dev eth0 nodad',
    'link set eth0 up',
    'route add default via 10.88.0.1',
    'route add default via fd88::1',
  )
  await app.must(['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'])
  const peer = startPeer(container)
  lab.defer(peer.end)
  return peer
}

/** Options, and who answers a container that connects to ports of the world outside, and of the machine itself. */
const FORWARDED: [options: string, answers: Record<string, string>][] = [
  ['--outbound-ports 80', { '10.77.0.1 80': 'outside:80' }],
  [
    '--outbound-ports 80 --reroute-interfaces docker0',
    { '10.77.0.1 80': 'proxy', '10.77.0.1 443': 'outside:443', '10.88.0.1 80': 'proxy' },
  ],
  [
    '--inbound-ports 443,8443 --apisix-inbound-capture-port 9081 --outbound-ports 80,8443 --reroute-interfaces docker0',
    { '10.77.0.1 80': 'proxy', '10.77.0.1 8443': 'proxy', '10.77.0.1 443': 'outside:443', '10.88.0.1 443': 'app:443' },
  ],
  [
    '--outbound-ports * --outbound-exclude-ports 443 --outbound-exclude-cidrs 10.88.0.0/16 --reroute-interfaces docker+',
    { '10.77.0.1 80': 'proxy', '10.77.0.1 443': 'outside:443', '10.88.0.1 80': 'app:80' },
  ],
  ['--inbound-ports 443', { '10.77.0.1 443': 'proxy' }],
  ['--inbound-ports 443 --inbound-local-only', { '10.77.0.1 443': 'outside:443', '10.88.0.1 443': 'proxy' }],
  ['--inbound-ports 443 --exclude-interfaces docker0', { '10.77.0.1 443': 'outside:443', '10.88.0.1 443': 'app:443' }],
  [
    '--ip-family dual --outbound-ports 80 --reroute-interfaces docker0',
    { 'fd77::1 80': 'proxy', 'fd77::1 443': 'outside:443', '10.77.0.1 80': 'proxy' },
  ],
]

for (const [options, answers] of FORWARDED)
  test(`a container behind a bridge: ${options}`, async (lab) => {
    const { agent } = lab
    const pod = await lab.sidecar()
    const container = await containerBehind(pod, lab)
    // Replies from outside return to the container.
    await pod.app.must(['iptables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'eth0', '-j', 'MASQUERADE'])
    await pod.app.must(['ip6tables', '-t', 'nat', '-A', 'POSTROUTING', '-o', 'eth0', '-j', 'MASQUERADE'])
    const applied = await agent.apply(pod.app, [...COMMON, ...options.split(' ')])
    await succeeded(Promise.resolve(applied))
    if (agent === program)
      assert.is(applied.stderr.includes('[forwarded-redirected]'), options === '--inbound-ports 443')
    const found: Record<string, string> = {}
    for (const end of Object.keys(answers)) {
      const [host = '', port] = end.split(' ')
      found[end] = await container.connect(host, Number(port))
    }
    assert.equal(found, answers)
  })

test.run()
