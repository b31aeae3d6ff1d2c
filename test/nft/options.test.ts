import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cleanup, render } from '../../src/index'
import { cli, words } from '../support'
import { workshop } from '../workshop'

const COMMAND = 'iptables --apisix-user 501:20 --inbound-ports 80 --outbound-ports 80,443'
const nft = (options = '', env = {}) => cli(words(`${COMMAND} --format nft ${options}`), { env })

/** Options that say how iptables is run, and what stands in front of another format. */
const REFUSED: [options: string, error: RegExp][] = [
  ['--backend nft', /--backend: "nft" does not apply to --format nft, which is loaded with nft -f\. Remove --backend/],
  ['--wait 3', /--wait: "3" does not apply/],
  ['--timeout 3', /--timeout: "3" does not apply/],
  ['--allow-node', /--allow-node: "true" does not apply/],
  ['--netns /x', /--netns: "\/x" does not apply/],
  ['--pid 1', /--pid: "1" does not apply/],
  ['--iptables-restore /usr/sbin/iptables-restore', /--iptables-restore: .* does not apply/],
  ['--confirm-within 60s', /--confirm-within: "60s" is about the live rules/],
  ['--from x.txt', /--from: "x.txt" gives a document for iptables-restore/],
  ['--template x.hbs', /--template: "x.hbs" cannot be combined with --format nft/],
  ['--image a/b:1', /--image: "a\/b:1" applies to --format init-container only/],
  ['--install-path /a', /--install-path: "\/a" applies to --format systemd, systemd-reapply or systemd-repair only/],
]

for (const [options, error] of REFUSED)
  test(`${options} is refused`, async () => {
    const { status, stdout, stderr } = await nft(options)
    assert.match(stderr, error)
    assert.equal([status, stdout], [1, ''])
  })

const native = (options: string, env = {}) => cli(words(`${COMMAND} --native-nftables ${options}`), { env })
const CONTAINER = '--format init-container --image a'

/** The same in what carries a script, and formats that carry none. */
const REFUSED_WITH_NATIVE: [options: string, error: RegExp][] = [
  [
    `${CONTAINER} --backend nft`,
    /--backend: "nft" does not apply to --native-nftables, which uses nft instead of iptables\. Remove --backend/,
  ],
  [`${CONTAINER} --wait 3`, /--wait: "3" does not apply/],
  ['--format script --timeout 3', /--timeout: "3" does not apply/],
  ['--format script --netns /x', /--netns: "\/x" does not apply/],
  ['--format script --pid 1', /--pid: "1" does not apply/],
  [`${CONTAINER} --iptables-restore /usr/sbin/iptables-restore`, /--iptables-restore: .* does not apply/],
  [
    '--dry-run',
    /--native-nftables: "true" applies to --format script, init-container, systemd.* only\. Use --format nft for the table alone, which nft -f loads/,
  ],
  ...['', '--format documented', '--format nft', '--from x.txt', '--template x.hbs'].map(
    (options): [string, RegExp] => [options, /--native-nftables: "true" applies to --format script/],
  ),
]

for (const [options, error] of REFUSED_WITH_NATIVE)
  test(`${options} is refused with --native-nftables`, async () => {
    const { status, stdout, stderr } = await native(options)
    assert.match(stderr, error)
    assert.equal([status, stdout], [1, ''])
  })

test('in the environment it counts where there is a script, and options that nft lacks are a note', async () => {
  const env = { APISIX_MESH_AGENT_NATIVE_NFTABLES: 'true', APISIX_MESH_AGENT_WAIT: '3' }
  const { stdout, stderr } = await cli(words(`${COMMAND} --format script`), { env })
  assert.is(
    stderr,
    'apisix-mesh-agent: note: APISIX_MESH_AGENT_WAIT is ignored: --native-nftables uses nft instead of iptables.\n',
  )
  assert.is(stdout, (await native('--format script')).stdout)
  const document = await cli(words(`${COMMAND} --dry-run`), { env })
  assert.equal(document, await cli(words(`${COMMAND} --dry-run`)))
})

test('in the environment, which all commands share, they are a note', async () => {
  const { status, stdout, stderr } = await nft('', { APISIX_MESH_AGENT_WAIT: '3' })
  assert.is(stderr, 'apisix-mesh-agent: note: APISIX_MESH_AGENT_WAIT is ignored: --format nft is loaded with nft -f.\n')
  assert.is(status, 0)
  assert.is(stdout, (await nft()).stdout)
})

/** Options about the form of rules that hold for the table by itself, or decide about its place. */
const rulesOf = (text: string) => text.replace(/^#.*\n/gm, '')

for (const option of ['--isolate', '--compact', '--jump-position last'])
  test(`with ${option} the rules are the same`, async () =>
    assert.is(rulesOf((await nft(option)).stdout), rulesOf((await nft()).stdout)))

test('with --jump-position first the chains come before those of iptables', async () => {
  const { stdout } = await nft('--jump-position first')
  assert.match(stdout, 'hook output priority -101;')
  assert.match(stdout, 'hook prerouting priority dstnat - 1;')
})

test('as many rules for 1,000 ports and networks as for 2', async () => {
  const rules = async (count: number) => {
    const ports = Array.from({ length: count }, (_, at) => 2 * at + 1).join()
    const networks = Array.from({ length: count }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`).join()
    const { stdout } = await nft(`--outbound-ports ${ports} --outbound-exclude-cidrs ${networks}`)
    return stdout.split('\n').filter((line) => line.startsWith('\t\t')).length
  }
  assert.is(await rules(1000), await rules(2))
})

test('ranges are merged, and single ports written once', async () => {
  const { stdout } = await nft(
    '--outbound-ports 8000-8010,90,8005-8020 --outbound-exclude-ports-for-users 7:1,2;7:2,5-9',
  )
  const lines = stdout.split('\n').filter((line) => /dport/.test(line))
  assert.equal(lines.map((line) => line.trim()).slice(0, 4), [
    'meta skuid 7 tcp dport { 1, 2 } return',
    'meta skuid 7 tcp dport 5-9 return',
    'tcp dport @outbound_ports jump APISIX_REDIRECT',
    'tcp dport 8000-8020 jump APISIX_REDIRECT',
  ])
})

test('a file says how to load it', async () => {
  const file = join(workshop('nft'), 'redirect.nft')
  const { stderr } = await nft(`--output ${file}`)
  assert.is(stderr, `apisix-mesh-agent: wrote ${file}. To load it: nft -f ${file}\n`)
  assert.is(rulesOf(readFileSync(file, 'utf8')), rulesOf((await nft()).stdout))
})

test('a clean-up needs no options, and warns of none', async () => {
  const { status, stdout, stderr } = await cli(words('cleanup-iptables --format nft --strict'))
  assert.match(stdout, 'add table inet apisix_mesh_agent\ndelete table inet apisix_mesh_agent\n')
  assert.equal([status, stderr], [0, ''])
})

test('the library gives the same', async () => {
  const options = { apisixUser: { uid: 501, gid: 20 }, inboundPorts: [80], outboundPorts: [80, 443] }
  assert.is(render(options, { format: 'nft' }), (await nft()).stdout)
  assert.is(cleanup(options, { format: 'nft' }), (await cli(words('cleanup-iptables --format nft'))).stdout)
})

test.run()
