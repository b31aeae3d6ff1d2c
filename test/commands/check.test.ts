import { chmodSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Run } from '../../src/system/run'
import { HOOK, IN_FORCE, meaning, OPTIONS } from '../drift/example'
import { cli, golden, words } from '../support'
import { workshop } from '../workshop'

const EMPTY = IN_FORCE.replace(/^(-A|:APISIX).*\n/gm, '')
const IN_FORCE_6 = IN_FORCE.replace('127.0.0.1/32', '::1/128')
const folder = workshop('check')

/** A file with this text. */
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** A folder with tools that are never started, since `run` stands in for them. */
function toolsOf(...names: string[]): string {
  const tools = workshop('tools')
  for (const name of names) {
    writeFileSync(join(tools, name), '')
    chmodSync(join(tools, name), 0o755)
  }
  return tools
}

/** What the tools print, by words of their command lines; and each command line that was run. */
function running(prints: Record<string, string>) {
  const started: string[] = []
  const run: Run = async (program, args) => {
    const line = [program, ...args].join(' ')
    started.push(line.replace(/\S*\//g, ''))
    const [, stdout] = Object.entries(prints).find(([part]) => line.includes(part)) ?? []
    return {
      status: stdout === undefined ? 1 : 0,
      stdout: stdout ?? '',
      stderr: stdout === undefined ? 'broken' : '',
      late: false,
    }
  }
  return { run, started }
}

const NFT = ['iptables-nft-save', 'iptables-nft-restore']
const SIX = ['ip6tables-nft-save', 'ip6tables-nft-restore']

/** As a probe: one process for the family, whatever the answer is. */
const PROBES: [live: string, status: number, says: string][] = [
  [IN_FORCE, 0, 'active (nft)'],
  [IN_FORCE.replace(`${HOOK}\n`, ''), 1, 'differs (nft):'],
  [EMPTY, 1, 'absent (nft): no managed rules found'],
]

for (const [live, expected, says] of PROBES)
  test(`live, with --backend: ${says}`, async () => {
    const { run, started } = running({ 'iptables-nft-save': live })
    const env = { PATH: toolsOf(...NFT) }
    const { status, stdout, stderr } = await cli(words(`check ${OPTIONS} --backend nft`), { run, env })
    assert.is(meaning(stdout)[0], says)
    assert.is(stderr, '')
    // Where this machine has IPv6 addresses, or nft, these are looked at too.
    assert.equal(
      started.filter((each) => each !== 'ip6tables-nft-save -t nat' && each !== 'nft list ruleset'),
      ['iptables-nft-save -t nat'],
    )
    assert.is(status, expected)
  })

test('live, of both families', async () => {
  const { run } = running({ ip6tables: IN_FORCE_6, iptables: IN_FORCE })
  const env = { PATH: toolsOf(...NFT, ...SIX) }
  const { status, stdout } = await cli(words(`check ${OPTIONS} --backend nft --ip-family dual`), { run, env })
  assert.is(stdout, 'active (ipv6, nft)\nactive (ipv4, nft)\n')
  assert.is(status, 0)
})

test('live, of both families, one of them without managed rules', async () => {
  const { run } = running({ ip6tables: EMPTY, iptables: IN_FORCE })
  const env = { PATH: toolsOf(...NFT, ...SIX) }
  const { status, stdout } = await cli(words(`check ${OPTIONS} --backend nft --ip-family dual`), { run, env })
  assert.match(stdout, 'absent (ipv6, nft): no managed rules found\nactive (ipv4, nft)\n')
  assert.is(status, 1)
})

/** The default tools are those of nft, and those of legacy are there; what each of them holds. */
async function withBoth(prints: Record<string, string>) {
  const tools = toolsOf(...NFT, 'iptables-legacy-save', 'iptables-legacy-restore')
  for (const verb of ['save', 'restore']) symlinkSync(`iptables-nft-${verb}`, join(tools, `iptables-${verb}`))
  // A namespace is named so that what the kernel knows of tables is asked through `run`.
  const { run } = running({ ip_tables_names: 'nat\n', ...prints })
  return cli(words(`check ${OPTIONS} --netns ${folder}`), { run, env: { PATH: tools } })
}

test('live: rules in both backends', async () => {
  const { status, stdout } = await withBoth({ 'legacy-save': IN_FORCE, 'iptables-save': IN_FORCE })
  assert.equal(meaning(stdout), [
    'differs (nft):',
    'legacy has managed rules too. Remove them with `apisix-mesh-agent cleanup-iptables --backend legacy`.',
  ])
  assert.is(status, 1)
})

test('live: rules in the other backend alone are found there', async () => {
  const { status, stdout } = await withBoth({ 'legacy-save': IN_FORCE, 'iptables-save': EMPTY })
  assert.is(stdout, 'active (legacy)\n')
  assert.is(status, 0)
})

test('live: the other backend cannot be read', async () => {
  const { status, stdout, stderr } = await withBoth({ 'legacy-save': '*nat\n', 'iptables-save': IN_FORCE })
  assert.is(stdout, 'active (nft)\n')
  assert.match(stderr, 'warning: legacy may have managed rules too')
  assert.is(status, 0)
})

test('live: a table that cannot be read is trouble', async () => {
  const { run } = running({ 'nft-save': "# Table `nat' is incompatible, use 'nft' tool.\n" })
  const env = { PATH: toolsOf(...NFT) }
  const { status, stdout, stderr } = await cli(words(`check ${OPTIONS} --backend nft`), { run, env })
  assert.match(stderr, /-save shows no complete nat table/)
  assert.is(stdout, '')
  assert.is(status, 2)
})

test('live: a tool that fails is trouble', async () => {
  const { run } = running({})
  const { status, stdout } = await cli(words(`check ${OPTIONS} --backend nft`), { run, env: { PATH: toolsOf(...NFT) } })
  assert.is(stdout, '')
  assert.is(status, 2)
})

test('live: for machines', async () => {
  const { run } = running({ 'iptables-nft-save': IN_FORCE })
  const env = { PATH: toolsOf(...NFT) }
  const { stdout } = await cli(words(`check ${OPTIONS} --backend nft --json`), { run, env })
  assert.equal(JSON.parse(stdout), {
    active: true,
    tables: [{ family: 'ipv4', backend: 'nft', state: 'active', findings: [], notes: [], diff: '' }],
  })
})

const documentOf = async (options = OPTIONS) => (await cli(words(`iptables ${options} --dry-run`))).stdout

/** What a file holds, and what is said of it. */
const GOLDENS: [name: string, change: (document: string) => string, status: number, says: string][] = [
  ['same', (text) => text, 0, 'is the document of the options'],
  ['another-port', (text) => text.replace('--dport 443', '--dport 8443'), 1, 'is not the document of the options'],
  ['crlf', (text) => text.replaceAll('\n', '\r\n'), 1, 'is not the document of the options'],
  ['no-final-newline', (text) => text.trimEnd(), 1, 'is not the document of the options'],
  ['empty', () => '', 1, 'is not the document of the options'],
]

for (const [name, change, expected, says] of GOLDENS)
  test(`--golden: ${name}`, async () => {
    const path = file(`${name}.rules`, change(await documentOf()))
    const { status, stdout, stderr } = await cli(words(`check ${OPTIONS} --golden ${path}`))
    assert.match(stdout, new RegExp(`^${path} ${says}\n$`, 'm'))
    const accept = `apisix-mesh-agent: To accept the new document: apisix-mesh-agent iptables ${OPTIONS} --output ${path}\n`
    assert.is(stderr, expected === 1 ? accept : '')
    assert.is(status, expected)
    if (expected === 1) golden(`check/golden-${name}.txt`, stdout.replaceAll(path, 'FILE'))
  })

test('--golden of stdin, of both families, in colour', async () => {
  const options = `${OPTIONS} --ip-family dual`
  const stdin = await documentOf(options)
  const { status, stdout } = await cli(words(`check ${options} --golden -`), { stdin, colorDepth: 8 })
  assert.is(stdout, 'stdin is the document of the options\n')
  assert.is(status, 0)
})

test('--golden for machines', async () => {
  const path = file('other.rules', 'another\n')
  const { status, stdout } = await cli(words(`check ${OPTIONS} --golden ${path} --json`))
  const { same, diff } = JSON.parse(stdout)
  assert.is(same, false)
  assert.match(diff, '-another\n+*nat\n')
  assert.is(status, 1)
})

/** What is trouble, and what is said of it on stderr. Exit status 2, and nothing on stdout. */
const TROUBLE: [line: string, says: string | RegExp][] = [
  ['--inbound-ports 0', '--inbound-ports: "0" is not a port'],
  ['--inbound-ports 0 --outbound-ports x', /--inbound-ports: "0".*\n.*--outbound-ports: "x"/],
  ['--nope', 'unknown option "--nope"'],
  ['--jason', '(did you mean "--json"?)'],
  ['more', 'unexpected argument "more"'],
  ['--dry-run', '"--dry-run" is an option of iptables and cleanup-iptables, not of check. See '],
  ['--json=maybe', '--json: "maybe" is not a known value. Use true or false'],
  ['--backend iptables', '--backend: "iptables" is not a known value. Use auto, nft or legacy'],
  ['--from /nosuch', '--from: "/nosuch" cannot be used: ENOENT'],
  ['--from /dev/zero', '--from: "/dev/zero" cannot be used: it holds more than 64 MB'],
  ['--from -', '--from: "-" cannot be used: there is no nat table in it'],
  [
    '--from - --ip-family dual',
    '--from: "-" is a table of one address family. Use --ip-family ipv4 or --ip-family ipv6',
  ],
  ['--from - --golden -', '--golden: "-" cannot be combined with --from'],
  [
    '--golden /nosuch',
    'error: --golden: "/nosuch" does not exist.\napisix-mesh-agent: To write it: apisix-mesh-agent iptables --apisix-user 501:20 --output /nosuch\n',
  ],
  ['--golden /', '--golden: "/" cannot be read: EISDIR'],
  ['--from a --from b', '--from: "a b" contradict each other. Use the option once'],
  ['--iptables-restore /nosuch/iptables-restore', 'there is no /nosuch/iptables-save'],
  ['--pid 0', '--pid: "0" is not a process id'],
  ['--strict --golden -', '--strict: "nothing-intercepted" is a warning'],
]

for (const [line, says] of TROUBLE)
  test(`trouble: ${line}`, async () => {
    const { status, stdout, stderr } = await cli(words(`check --apisix-user 501:20 ${line}`))
    assert.match(stderr, says)
    assert.is(stdout, '')
    assert.is(status, 2)
  })

test('trouble: a stdin without end', async () => {
  const { status, stderr } = await cli(words('check --apisix-user 501:20 --from -'), {
    stdin: '\n'.repeat(65 * 2 ** 20),
  })
  assert.match(stderr, '--from: "-" cannot be used: it holds more than 64 MB')
  assert.is(status, 2)
})

test('what a saved table of IPv6 is compared with', async () => {
  const { status, stdout } = await cli(words(`check ${OPTIONS} --ip-family ipv6 --from -`), { stdin: IN_FORCE_6 })
  assert.is(stdout, 'active (saved)\n')
  assert.is(status, 0)
})

test('the options may stand in the environment', async () => {
  const env = { APISIX_MESH_AGENT_INBOUND_PORTS: '80,443', APISIX_MESH_AGENT_OUTBOUND_PORTS: '80' }
  const { stdout } = await cli(words('check --apisix-user 501:20 --from -'), { stdin: IN_FORCE, env })
  assert.is(stdout, 'active (saved)\n')
})

test.run()
