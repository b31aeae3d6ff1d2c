import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { onMachine } from '../../src/trace/read-connection'
import { cli, FIXTURES, words } from '../support'
import { describedBy } from './connections'

const TABLE = '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'
const explain = (line: string) =>
  cli([...words(`explain --from - --json ${line}`), '--root', `${FIXTURES}/root`], { stdin: TABLE })

/** What is said of a connection, and the connection as `--json` prints it. */
const READ: [line: string, connection: object][] = [
  ['--out 10.0.0.5:443', { way: 'out', family: 'ipv4', to: { address: '10.0.0.5', port: 443 }, isLocal: false }],
  [
    '--out [fd00::1]:443 --uid 0 --gid 4294967294',
    {
      way: 'out',
      family: 'ipv6',
      to: { address: 'fd00::1', port: 443 },
      isLocal: false,
      uid: 0,
      gid: 4294967294,
    },
  ],
  [
    '--out [FD00:0:0::0001]:1 --interface eth0',
    { way: 'out', family: 'ipv6', to: { address: 'fd00::1', port: 1 }, interface: 'eth0', isLocal: false },
  ],
  [
    '--out 127.0.0.53:65535',
    { way: 'out', family: 'ipv4', to: { address: '127.0.0.53', port: 65535 }, interface: 'lo', isLocal: true },
  ],
  ['--out [::1]:80', { way: 'out', family: 'ipv6', to: { address: '::1', port: 80 }, interface: 'lo', isLocal: true }],
  [
    '--out 10.0.0.5:80 --interface lo',
    { way: 'out', family: 'ipv4', to: { address: '10.0.0.5', port: 80 }, interface: 'lo', isLocal: true },
  ],
  [
    '--out 0.0.0.0:80',
    { way: 'out', family: 'ipv4', to: { address: '127.0.0.1', port: 80 }, interface: 'lo', isLocal: true },
  ],
  ['--out [::]:80', { way: 'out', family: 'ipv6', to: { address: '::1', port: 80 }, interface: 'lo', isLocal: true }],
  ['--out [::ffff:10.0.0.5]:80', { way: 'out', family: 'ipv4', to: { address: '10.0.0.5', port: 80 }, isLocal: false }],
  [
    '--out 10.0.0.5:80 --uid alex',
    { way: 'out', family: 'ipv4', to: { address: '10.0.0.5', port: 80 }, isLocal: false, uid: 501, gid: 20 },
  ],
  [
    '--out 10.0.0.5:80 --uid 501',
    { way: 'out', family: 'ipv4', to: { address: '10.0.0.5', port: 80 }, isLocal: false, uid: 501 },
  ],
  [
    '--out 10.0.0.5:80 --uid alex --gid staff',
    { way: 'out', family: 'ipv4', to: { address: '10.0.0.5', port: 80 }, isLocal: false, uid: 501, gid: 20 },
  ],
  [
    '--in 192.0.2.7:5555 --to :80',
    { way: 'in', family: 'ipv4', to: { port: 80 }, from: { address: '192.0.2.7', port: 5555 }, isLocal: true },
  ],
  [
    '--in 192.0.2.7 --to 192.0.2.1:80 --interface eth0',
    {
      way: 'in',
      family: 'ipv4',
      to: { address: '192.0.2.1', port: 80 },
      from: { address: '192.0.2.7' },
      interface: 'eth0',
    },
  ],
  [
    '--in [fd00::7]:5555 --to [fd00::1]:80',
    {
      way: 'in',
      family: 'ipv6',
      to: { address: 'fd00::1', port: 80 },
      from: { address: 'fd00::7', port: 5555 },
    },
  ],
  [
    '--in fd00::7 --to :80',
    { way: 'in', family: 'ipv6', to: { port: 80 }, from: { address: 'fd00::7' }, isLocal: true },
  ],
]

for (const [line, connection] of READ)
  test(line, async () => {
    const { status, stdout, stderr } = await explain(
      `${line} --ip-family ${/\[(?!::ffff)|fd00/.test(line) ? 'ipv6' : 'ipv4'}`,
    )
    assert.is(stderr, '')
    assert.equal(JSON.parse(stdout).connection, connection)
    assert.is(status, 0)
  })

const FORM = 'is not ADDRESS:PORT. Use an address and a port, as in 10.0.0.5:443, [fd00::1]:443 or :443.'
const HERE = 'is an address of this machine, whose connections pass OUTPUT. Use --out.'
const ALONE = 'needs --out ADDRESS:PORT or --in ADDRESS:PORT.'

/** What is said of a connection, and what is wrong with it, fault by fault. */
const FAULTY: [line: string, ...faults: string[]][] = [
  ['--to :80', '--to: ":80" needs --in ADDRESS:PORT.'],
  ['--interface eth0', `--interface: "eth0" ${ALONE}`],
  ['--uid 1 --gid 2', `--uid: "1" ${ALONE}`, `--gid: "2" ${ALONE}`],
  [
    '--out 10.0.0.5:1 --in 10.0.0.6:1 --to :80',
    '--in: "10.0.0.6:1" cannot be combined with --out.',
    '--to: ":80" cannot be combined with --out, which already gives the destination.',
  ],
  ['--out 10.0.0.5:1 --to :80', '--to: ":80" cannot be combined with --out, which already gives the destination.'],
  ['--in 10.0.0.5:1', '--in: "10.0.0.5:1" needs --to [ADDRESS]:PORT. Use --to :80, for example.'],
  [
    '--in 10.0.0.5:1 --to :80 --uid 1 --gid 2',
    '--uid: "1" cannot be combined with --in: an incoming connection has no owner on this machine.',
    '--gid: "2" cannot be combined with --in: an incoming connection has no owner on this machine.',
  ],
  ['--in :80 --to :80', '--in: ":80" lacks the address. Use ADDRESS:PORT, as in 10.0.0.5:443.'],
  ['--out :80', '--out: ":80" lacks the address. Use ADDRESS:PORT, as in 10.0.0.5:443.'],
  ['--out 10.0.0.5', '--out: "10.0.0.5" lacks the port. Use ADDRESS:PORT, as in 10.0.0.5:443.'],
  ['--out fd00::1', '--out: "fd00::1" lacks the port. Use ADDRESS:PORT, as in [fd00::1]:443.'],
  ['--out fd00::1:443', '--out: "fd00::1:443" lacks the port. Use ADDRESS:PORT, as in [fd00::1:443]:443.'],
  ['--in 127.0.0.1:5555 --to :80', `--in: "127.0.0.1:5555" ${HERE}`],
  ['--in [::1]:5555 --to [::1]:80', `--in: "[::1]:5555" ${HERE}`],
  ['--in 10.0.0.5:5555 --to :80 --interface lo', `--in: "10.0.0.5:5555" ${HERE}`],
  ['--in 10.0.0.5 --to 10.0.0.6', '--to: "10.0.0.6" lacks the port. Use [ADDRESS]:PORT, as in :80.'],
  ['--in 10.0.0.5 --to [fd00::1]:80', '--to: "[fd00::1]:80" is of another address family than --in.'],
  ['--in fd00::5 --to 10.0.0.5:80', '--to: "10.0.0.5:80" is of another address family than --in.'],
  ...[
    '10.0.0.5:0',
    '10.0.0.5:65536',
    '10.0.0.5:080',
    '10.0.0.5:http',
    '10.0.0.5:',
    '10.0.0.256:80',
    '10.5:80',
    '0x0a000005:80',
    'example.org:80',
    '[10.0.0.5]:80',
    '[fd00::1]',
    '[fd00::g]:80',
    '[]:80',
    'tcp://10.0.0.5:80',
    '80',
  ].map((value): [string, string] => [`--out ${value}`, `--out: "${value}" ${FORM}`]),
  ["--out ''", `--out: "" ${FORM}`],
  ['--out 10.0.0.5:1 --uid alx', '--uid: "alx" is not a known user (did you mean "alex"?). Use its id.'],
  ['--out 10.0.0.5:1 --gid stuff', '--gid: "stuff" is not a known group (did you mean "staff"?). Use its id.'],
  ['--out 10.0.0.5:1 --uid 4294967295', '--uid: "4294967295" is not a known user. Use its id.'],
  ['--out 10.0.0.5:1 --out 10.0.0.6:1', '--out: "10.0.0.5:1 10.0.0.6:1" contradict each other. Use the option once.'],
  ['--out 10.0.0.5:1 --uid 1 --uid 2', '--uid: "1 2" contradict each other. Use the option once.'],
  [
    '--out 10.0.0.5:1 --format mermaid',
    '--format: "mermaid" is a picture of all rules. Remove --json, --in and --out.',
  ],
]

for (const [line, ...faults] of FAULTY)
  test(`faulty: ${line}`, async () => {
    const { status, stdout, stderr } = await explain(line)
    assert.equal(
      stderr.trimEnd().split('\n'),
      faults.map((fault) => `apisix-mesh-agent: error: ${fault}`),
    )
    assert.is(stdout, '')
    assert.is(status, 1)
  })

/** A connection, the addresses of the machine, and what becomes known. */
const MACHINES: [
  line: string,
  addresses: string[] | undefined,
  isLocal: boolean | undefined,
  name: string | undefined,
][] = [
  ['--out 192.0.2.1:80', ['127.0.0.1/32', '192.0.2.1/32'], true, 'lo'],
  ['--out 198.51.100.7:80', ['127.0.0.0/8', '198.51.100.0/24'], true, 'lo'],
  ['--out 192.0.2.2:80', ['127.0.0.1/32', '192.0.2.1/32'], false, undefined],
  ['--out 127.0.0.9:80', ['127.0.0.1/32'], true, 'lo'],
  ['--out 192.0.2.1:80 --interface eth0', ['192.0.2.1/32'], false, 'eth0'],
  ['--in 192.0.2.7 --to 192.0.2.1:80', ['192.0.2.1/32'], true, undefined],
  ['--in 192.0.2.7 --to 192.0.2.2:80', ['192.0.2.1/32'], false, undefined],
  ['--in 192.0.2.7 --to 192.0.2.1:80', undefined, undefined, undefined],
  ['--in 192.0.2.7 --to :80', undefined, true, undefined],
]

for (const [line, addresses, isLocal, name] of MACHINES)
  test(`${line} where the machine has ${addresses?.join(', ') ?? 'addresses that are not known'}`, () => {
    const connection = onMachine(describedBy(line), addresses && new Set(addresses))
    assert.equal([connection.isLocal, connection.interface], [isLocal, name])
  })

test.run()
