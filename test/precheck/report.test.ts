import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PLAIN, paintFor } from '../../src/format/paint'
import { type Machine, precheck } from '../../src/precheck/precheck'
import { printChecks, printJson } from '../../src/precheck/print'
import { checksOfWarnings } from '../../src/precheck/user'
import type { Ended, Run } from '../../src/system/run'
import { golden } from '../support'
import { workshop } from '../workshop'
import { wanted } from './interceptions'

const COLOURED = paintFor({ colorDepth: 8 })

const EMPTY = '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'
const ADDRESSES = '00000000000000000000000000000001 01 80 10 80 lo\nfd770000000000000000000000000002 02 40 00 80 eth0\n'

const folder = workshop('precheck')
for (const tool of [
  'iptables-legacy-save',
  'iptables-legacy-restore',
  'ip6tables-legacy-save',
  'ip6tables-legacy-restore',
])
  writeFileSync(join(folder, tool), '')

/** Programs by how they are called; the first whose words are in it decides. */
function programs(endings: [words: string, ended: Partial<Ended>][]): Run {
  return async (program, args, { input = '' } = {}) => {
    const call = `${[program, ...args].join(' ').replaceAll(`${folder}/`, '')} ${input}`
    // What else decides is asked where nft is installed: nothing does.
    const isSight = call.endsWith('nft list ruleset ')
    const ended = endings.find(([words]) => call.includes(words))?.[1] ?? (isSight ? {} : undefined)
    if (!ended) throw new Error(`a process was started: ${call}`)
    return { status: 0, stdout: '', stderr: '', late: false, ...ended }
  }
}

interface Seen {
  run: Run
  files: Record<string, string>
  net: Record<string, string>
}

/** A machine with stand-ins for the legacy tools, on which these are the programs and files. */
function machine(options: Parameters<typeof wanted>[0], { run, files, net }: Seen): Machine {
  const path = undefined
  const restore = join(folder, 'iptables-legacy-restore')
  return {
    interception: wanted(options),
    access: { backend: 'auto', restore, netns: undefined, wait: 5, deadline: Date.now() + 30_000, path },
    accounts: {
      find: () => ({ name: 'alex', uid: 501, gid: 20 }),
      names: () => [],
      sharing: () => [],
    },
    run,
    nsenter: undefined,
    open: () => ({ run, procNet: async (file) => net[file] ?? '' }),
    read: (file) => files[file] ?? '',
    link: () => undefined,
    lock: async () => ({ problem: files.lock, isHeld: false }),
    warnings: async () => [],
  }
}

const VERSION: [string, Partial<Ended>] = ['--version', { stdout: 'iptables-restore v1.8.9 (legacy)\n' }]
const SOCKET = ' 00000000:0000 0A 00000000:00000000 00:00000000 00000000 501 0 12345 1 0 100 0 0 10 0\n'

const FINE = machine(
  { inboundPorts: [80, 443], outboundPorts: [80], ipFamily: 'dual', comments: true, compact: true },
  {
    run: programs([VERSION, ['unshare', {}], ['-legacy-save -t nat', { stdout: EMPTY }]]),
    files: {
      '/proc/self/status': 'Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nCapAmb:\t0\n',
      '/proc/self/uid_map': '0 0 4294967295\n',
      '/proc/self/gid_map': '0 0 4294967295\n',
    },
    net: {
      if_inet6: ADDRESSES,
      ip_tables_names: 'nat\n',
      tcp: `   0: 00000000:2378${SOCKET}`,
      tcp6: `   0: ${'0'.repeat(32)}:2378${SOCKET}`,
    },
  },
)

const WRONG: Machine = {
  ...machine(
    {
      inboundPorts: [80, 443],
      outboundPorts: '*',
      apisixInboundCapturePort: 9081,
      ipFamily: 'dual',
      outboundExcludeUsers: ['1000-2000'],
    },
    {
      run: programs([
        ['ip6tables-legacy-restore --version', { status: 127, stderr: 'not found' }],
        VERSION,
        ['--net true', { status: 0 }],
        [
          '--uid-owner 0',
          { status: 2, stderr: "Couldn't load match `owner':No such file\n\nError occurred at line: 2" },
        ],
        ['unshare', {}],
        [
          'ip6tables-legacy-save',
          { status: 3, stderr: "can't initialize ip6tables table `nat': Table does not exist" },
        ],
        ['iptables-legacy-save', { stdout: EMPTY.replace('COMMIT\n', '') }],
      ]),
      files: {
        '/proc/self/status': 'Uid:\t0\t0\t0\t0\nCapEff:\t0\nCapAmb:\t0\n',
        '/proc/self/uid_map': '0 100000 1\n',
        '/proc/self/gid_map': '0 100000 1\n',
        lock: 'EROFS',
      },
      net: {
        if_inet6: ADDRESSES,
        ip_tables_names: 'nat\n',
        ip6_tables_names: 'nat\n',
        tcp: `   0: 02004D0A:2378${SOCKET}   1: 0100007F:2379${SOCKET}`,
      },
    },
  ),
  warnings: async () =>
    checksOfWarnings(
      [
        {
          severity: 'warning',
          code: 'loopback-redirected',
          problem: "--outbound-ports '*' redirects connections to 127.0.0.1 too",
          remedy: 'Use --outbound-exclude-cidrs 127.0.0.0/8',
        },
        {
          severity: 'warning',
          code: 'group-shared',
          problem: 'user bob shares gid 20 with the proxy and bypasses it too',
          remedy: 'Give the proxy its own group',
        },
      ],
      [{ value: 'group-shared' }],
    ),
}

/** Without what differs from run to run. */
const checksOf = async (from: Machine) =>
  JSON.parse(JSON.stringify(await precheck(from)).replaceAll(`${folder}/`, '/sbin/'))

for (const [what, from] of Object.entries({ fine: FINE, wrong: WRONG }))
  test(`everything ${what}: text in 80 columns, with colours, JSON`, async () => {
    const checks = await checksOf(from)
    const text = printChecks(checks, PLAIN)
    golden(`precheck/${what}.txt`, text)
    golden(`precheck/${what}-coloured.txt`, printChecks(checks, COLOURED))
    golden(`precheck/${what}.json`, printJson(checks))
    assert.equal(
      text.split('\n').filter((line) => line.length > 80),
      [],
    )
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g')
    assert.is(printChecks(checks, COLOURED).replace(escapes, ''), text)
  })

test('a legacy table that nobody has registered is not read', async () => {
  const run: Run = (program, args, options) => {
    assert.not.match(program, /save$/)
    return FINE.run(program, args, options)
  }
  const open = () => ({ run, procNet: async (file: string) => (file === 'if_inet6' ? ADDRESSES : '') })
  const checks = await precheck({ ...FINE, run, open })
  assert.equal(
    checks.filter(({ name }) => name === 'tables').map(({ text }) => text),
    ['IPv4', 'IPv6'].map((family) => `${family}: legacy, by --iptables-restore; no managed rules yet`),
  )
})

test('where no network namespace can be made, features are not tried, and it says so', async () => {
  const run: Run = (program, args, options) =>
    program === 'unshare'
      ? Promise.resolve({ status: 1, stdout: '', stderr: 'Operation not permitted', late: false })
      : FINE.run(program, args, options)
  const [check] = (await precheck({ ...FINE, run })).filter(({ name }) => name === 'features')
  assert.is(check?.state, 'warning')
  assert.match(check?.text ?? '', 'not tried: nat, REDIRECT, owner, multiport and comment')
})

test.run()
