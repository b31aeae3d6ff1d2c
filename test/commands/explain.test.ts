import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PLAIN } from '../../src/format/paint'
import { describePolicy, formatPolicy } from '../../src/format/policy'
import { formatTrace } from '../../src/format/trace'
import { trace } from '../../src/trace/trace'
import { IN_FORCE, OPTIONS } from '../drift/example'
import { interceptions } from '../options'
import { cli, fixture, golden, words } from '../support'
import { connectionOf } from '../trace/connections'
import { tableFor } from '../trace/tables'

const EVERYTHING =
  "--apisix-user 501:20 --comments --apisix-inbound-capture-port 9081 --inbound-ports '*' --inbound-exclude-ports 80,81,90 --inbound-exclude-cidrs 10.0.0.0/8 --outbound-ports 1-1000,2000 --outbound-cidrs 172.16.0.0/12 --outbound-exclude-cidrs 172.17.0.0/16 --outbound-exclude-users 1000 --outbound-exclude-groups 1000 --outbound-exclude-ports-for-users 1001:80,90 --exclude-interfaces docker0"
const DOCKER = fixture('saved/docker.rules')
const DOCKER_6 = fixture('saved/docker6.rules')

/** What is explained, and the table for `--from -`. */
const SHOWN: Record<string, [line: string, stdin?: string]> = {
  policy: [OPTIONS],
  'policy-everything': [EVERYTHING],
  'policy-dual': [`${OPTIONS} --ip-family dual`],
  'policy-nothing': ['--apisix-user 501:20'],
  'policy-docker': ['--from -', DOCKER],
  'trace-in': [`${OPTIONS} --in 192.0.2.7:5555 --to :443 --interface eth0`],
  'trace-out': [`${OPTIONS} --out 10.0.0.5:80 --uid 1000 --gid 1000`],
  'trace-everything': [`${EVERYTHING} --out 172.18.0.9:443 --uid 7 --gid 8 --interface eth0`],
  'trace-ipv6': [`${OPTIONS} --ip-family dual --out [fd00::5]:80 --uid 1000 --gid 1000`],
  'trace-other-family': [`${OPTIONS} --out [fd00::5]:80 --uid 1000 --gid 1000`],
  'trace-loop': [`${OPTIONS} --out 127.0.0.1:80 --uid 501 --gid 100`],
  'trace-untouched': [`${OPTIONS} --in 192.0.2.7 --to :22`],
  'trace-elsewhere': ['--from - --in 192.0.2.7:5555 --to :8080 --interface eth0', DOCKER],
  'trace-elsewhere-ipv6': ['--from - --in [2001:db8::7]:5555 --to [2001:db8::1]:8080 --interface eth0', DOCKER_6],
  'trace-unknown': ['--from - --in 192.0.2.7:5555 --to :8080', DOCKER],
  'trace-back-again': [
    '--from - --in 192.0.2.7:5555 --to :80 --interface eth0',
    IN_FORCE.replace(':APISIX_INBOUND', ':DOCKER - [0:0]\n:APISIX_INBOUND').replace(
      '-A PREROUTING',
      '-A PREROUTING -j DOCKER\n-A DOCKER -i docker0 -j RETURN\n-A PREROUTING',
    ),
  ],
}

for (const [name, [line, stdin = '']] of Object.entries(SHOWN))
  test(`${name}: ${line}`, async () => {
    const { status, stdout } = await cli(words(`explain ${line}`), { stdin })
    golden(`explain/${name}.txt`, stdout)
    assert.not.match(stdout, / $/m)
    assert.is(status, 0)
    const coloured = await cli(words(`explain ${line}`), { stdin, colorDepth: 8 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    assert.is(coloured.stdout.replace(/\u001b\[\d+m/g, ''), stdout)
  })

for (const name of ['policy', 'trace-in', 'trace-unknown'])
  test(`${name}, in colour`, async () => {
    const [line, stdin = ''] = SHOWN[name] as [string, string?]
    golden(`explain/${name}-coloured.txt`, (await cli(words(`explain ${line}`), { stdin, colorDepth: 8 })).stdout)
  })

for (const name of ['policy', 'policy-everything', 'policy-docker', 'policy-dual'])
  test(`${name}, as a picture`, async () => {
    const [line, stdin = ''] = SHOWN[name] as [string, string?]
    const { status, stdout } = await cli(words(`explain ${line} --format mermaid`), { stdin })
    golden(`explain/${name}.mmd`, stdout)
    assert.is(status, 0)
  })

for (const name of ['policy', 'trace-in', 'trace-elsewhere', 'trace-unknown'])
  test(`${name}, for machines`, async () => {
    const [line, stdin = ''] = SHOWN[name] as [string, string?]
    const { status, stdout } = await cli(words(`explain ${line} --json`), { stdin })
    golden(`explain/${name}.json`, stdout)
    assert.is(status, 0)
  })

/** A connection through example 4, and how the object of `--json` begins. */
const VERDICTS: [line: string, begins: object][] = [
  [`${OPTIONS} --out 10.0.0.5:80 --uid 1 --gid 1`, { verdict: 'intercepted', port: 9080 }],
  [`${OPTIONS} --out 10.0.0.5:80 --uid 501 --gid 1`, { verdict: 'loop', port: 9080 }],
  [`${OPTIONS} --out 10.0.0.5:81 --uid 1 --gid 1`, { verdict: 'untouched' }],
  [
    `${OPTIONS} --out 10.0.0.5:80`,
    {
      verdict: 'unknown',
      why: 'it depends on the gid. TCP, not of gid 20, goes to the proxy, on port 9080. TCP of gid 20 bypasses the proxy.',
    },
  ],
  ['--from - --in 192.0.2.7 --to :8080 --interface eth0', { verdict: 'elsewhere', to: '172.17.0.2:80' }],
]

for (const [line, begins] of VERDICTS)
  test(`--json: ${line}`, async () => {
    const { status, stdout } = await cli(words(`explain ${line} --json`), { stdin: DOCKER })
    const { connection, walked, steps, ...verdict } = JSON.parse(stdout)
    assert.equal(verdict, begins)
    assert.ok(connection.way && connection.to.port && steps.length > 0)
    assert.match(walked, /^the rules of /)
    assert.is(status, 0)
  })

const BELONGS = 'is explained as it is. Remove the options that say what is redirected'

/** What cannot be explained, and what is said of it. Exit status 1. */
const REFUSED: [line: string, says: string | RegExp][] = [
  [`${OPTIONS} --from -`, `--from: "-" ${BELONGS}`],
  ['--inbound-ports 80 --apisix-user 501:20 --from /nosuch --out 10.0.0.5:80', `--from: "/nosuch" ${BELONGS}`],
  ['--from /nosuch', '--from: "/nosuch" cannot be used: ENOENT'],
  ['--from -', '--from: "-" cannot be used: there is no nat table in it'],
  ['--inbound-ports 0 --out x', /--inbound-ports: "0" is not a port.*\n.*--out: "x" is not ADDRESS:PORT/],
  ['--from - --format dot', '--format: "dot" is not a known value. Use text or mermaid'],
  ['--from - --format mermaid --json', '--format: "mermaid" is a picture of all rules. Remove --json, --in and --out'],
  ['--nope', 'unknown option "--nope"'],
  ['--from - --from /x', '--from: "- /x" contradict each other. Use the option once'],
]

for (const [line, says] of REFUSED)
  test(`refused: ${line}`, async () => {
    const { status, stdout, stderr } = await cli(words(`explain ${line}`))
    assert.match(stderr, says)
    assert.is(stdout, '')
    assert.is(status, 1)
  })

test('what the environment says of interception is not explained with --from', async () => {
  const env = { APISIX_MESH_AGENT_INBOUND_PORTS: '80', APISIX_MESH_AGENT_APISIX_USER: '501:20' }
  const { status, stdout } = await cli(words('explain --from -'), { stdin: DOCKER, env })
  assert.match(stdout, 'DOCKER')
  assert.is(status, 0)
})

/** Lines of more than 80 columns, less those that hold one word or a rule, which is never wrapped. */
const tooWide = (text: string) =>
  text.split('\n').filter((line) => [...line].length > 80 && /\S\s+\S/.test(line.trim()) && !/ -[jg] /.test(line))

test('random policies and traces are shown in 80 columns', () => {
  const connections = ['--in 192.0.2.7:5555 --to :80 --interface eth0', '--out 10.7.0.9:443 --uid 7 --gid 7']
  fc.assert(
    fc.property(interceptions, (interception) => {
      const table = tableFor(interception)
      const policy = describePolicy(table, 'ipv4')
      const traces = connections
        .map(connectionOf)
        .map((each) => formatTrace(each, trace(table, each), 'the rules of the options', PLAIN))
      assert.equal([formatPolicy(policy, PLAIN), ...traces].flatMap(tooWide), [])
    }),
    { numRuns: 50 },
  )
})

/** Tables that no kernel holds: chains that each jump twice to the next, or thousands deep. */
const chains = (count: number, jumps: number) => [
  '*nat',
  ':OUTPUT ACCEPT [0:0]',
  ...Array.from({ length: count + 1 }, (_, at) => `:C${at} - [0:0]`),
  '-A OUTPUT -j C0',
  ...Array.from({ length: count }, (_, at) => `-A C${at} -j C${at + 1}\n`.repeat(jumps).trimEnd()),
  'COMMIT\n',
]
for (const [count, jumps] of [
  [24, 2],
  [20_000, 1],
] as const)
  test(`${count} chains that each jump to the next, ${jumps} times: no hang, no trace`, async () => {
    const stdin = chains(count, jumps).join('\n')
    for (const command of ['explain', 'explain --format mermaid', 'explain --out 10.0.0.1:80 --uid 1 --gid 1']) {
      const { status, stderr } = await cli(words(`${command} --from -`), { stdin })
      assert.is(stderr, '')
      assert.is(status, 0)
    }
    const { status } = await cli(words('check --apisix-user 501:20 --outbound-ports 80 --from -'), { stdin })
    assert.is(status, 1)
  })

test.run()
