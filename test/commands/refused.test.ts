import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, FIXTURES, words } from '../support'
import { workshop } from '../workshop'

const folder = workshop('refused')
writeFileSync(join(folder, 'file'), '')
const A_PORT = 'is not a port. Use a number from 1 to 65535'

/** What is given, and what the one line on stderr says of it. */
const REFUSED: [argv: string[], says: string][] = [
  ...['0', '65536', '080', 'http', '1e3', '８０', '80\n', '80\0', '+80', '8.0', '0x50', '', ' '].map(
    (port): [string[], string] => [[`--apisix-port=${port}`], `--apisix-port: ${JSON.stringify(port)} ${A_PORT}`],
  ),
  ...['0', '65536', '080', 'http', '-1', '1e3', '８０', '80\n-A OUTPUT', '80\0'].map((port): [string[], string] => [
    [`--inbound-ports=${port}`],
    `--inbound-ports: ${JSON.stringify(port)} ${A_PORT}`,
  ]),
  [['--apisix-inbound-capture-port=0'], `--apisix-inbound-capture-port: "0" ${A_PORT}`],
  [['--inbound-ports=8010-8000'], '--inbound-ports: "8010-8000" is backwards. Use 8000-8010'],
  [['--outbound-ports=80,,443'], '--outbound-ports: "80,,443" has an empty item between commas'],
  [['--outbound-ports=,80'], '--outbound-ports: ",80" has an empty item between commas'],
  [['--outbound-ports=,'], '--outbound-ports: "," has an empty item between commas'],
  [
    ['--outbound-ports=0-65535'],
    '--outbound-ports: "0-65535" starts at 0, which is no port. Use 1-65535, or \'*\' for all',
  ],
  [['--inbound-ports=*,80'], `--inbound-ports: "*,80" mixes '*' with ports`],
  [['--inbound-ports=*', '--inbound-ports=80'], `--inbound-ports: "*,80" mixes '*' with ports`],
  [['--inbound-ports=*', '--inbound-exclude-ports=*'], '--inbound-exclude-ports: "*" excludes every port'],
  [['--reroute-interfaces=lo', '--outbound-ports=80'], '--reroute-interfaces: "lo" lets nothing in'],
  [['--apisix-user=alix'], '--apisix-user: "alix" is not a known user (did you mean "alex"?). Use UID:GID'],
  [['--apisix-user=502'], '--apisix-user: "502" is not a known user'],
  [['--apisix-user=zzzzzz'], '--apisix-user: "zzzzzz" is not a known user. Use UID:GID'],
  [['--apisix-user=4294967295:0'], '--apisix-user: "4294967295:0" is neither a user name nor ids from 0 to 4294967294'],
  [['--apisix-user=1:2:3'], '--apisix-user: "1:2:3" is neither a user name nor ids'],
  [['--apisix-user=1:root'], '--apisix-user: "1:root" is neither a user name nor ids'],
  [['--apisix-user=501:20,alix'], '--apisix-user: "alix" is not a known user'],
  [['--apisix-user=al ex'], '--apisix-user: "al ex" is not a user name'],
  [['--apisix-user=alex\n-A OUTPUT -j ACCEPT'], '--apisix-user: "alex\\n-A OUTPUT -j ACCEPT" is not a user name'],
  [['--apisix-user='], '--apisix-user: "" names no user. Use UID:GID'],
  [['--root=/nosuch'], '--apisix-user: "nobody" cannot be looked up: ENOENT'],
  [['--inbound-ports=@/dev/zero'], '--inbound-ports: "@/dev/zero" cannot be read: it holds more than 4 MB'],
  [['--inbound-interception-mode=TPROXY'], '--inbound-interception-mode: "TPROXY" needs the mangle table'],
  [['--inbound-interception-mode=redirect'], '--inbound-interception-mode: "redirect" is not an interception mode'],
  [['--format=json'], '--format: "json" is not a known value. Use restore, documented'],
  [['--apisix-port=1', '--apisix-port=2'], '--apisix-port: "1 2" contradict each other. Use the option once'],
  [[`--output=${folder}`], `--output: "${folder}" is a directory`],
  [[`--output=${folder}/none/out`], `--output: "${folder}/none/out" lies in no directory: create ${folder}/none first`],
  [['--output=/dev/null'], '--output: "/dev/null" is not a regular file: use --dry-run'],
  [['--output=-'], '--output: "-" is no file: --dry-run prints to stdout'],
  [['--output='], '--output: "" is not a path in UTF-8'],
]

for (const [argv, says] of REFUSED)
  test(`iptables ${JSON.stringify(argv.join(' '))}`, async () => {
    const user = argv.some((word) => word.startsWith('--root')) ? [] : ['--root', `${FIXTURES}/root`]
    const sink = argv.some((word) => word.startsWith('--output')) ? [] : ['--dry-run']
    const { status, stdout, stderr } = await cli(['iptables', '--outbound-ports=80', ...user, ...sink, ...argv])
    assert.is(stdout, '')
    assert.is(stderr.split('\n').length, 2, stderr)
    assert.is(stderr.slice(0, `apisix-mesh-agent: error: ${says}`.length), `apisix-mesh-agent: error: ${says}`)
    assert.is(status, 1)
  })

/** What Clipanion refuses before there are values to check. */
const SYNTAX: [command: string, says: string][] = [
  ['iptables --inbound-prts 80', 'unknown option "--inbound-prts" (did you mean "--inbound-ports"?)'],
  ['iptables --zzz', 'unknown option "--zzz". See apisix-mesh-agent iptables --help'],
  ['iptables --ipv6=x', 'unknown option "--ipv6"'],
  ['--zzz', 'unknown option "--zzz"'],
  ['inject --image a --no-timeout', 'unknown option "--no-timeout"'],
  ['iptabels', 'unknown command "iptabels" (did you mean "iptables"?)'],
  ['cleanup', 'unknown command "cleanup" (did you mean "cleanup-iptables"?)'],
  [
    'iptables --exclude-ports 80',
    'unknown option "--exclude-ports" (did you mean "--inbound-exclude-ports" or "--outbound-exclude-ports" or ',
  ],
  ['iptables --out 10.0.0.1:80', '"--out" is an option of explain, not of iptables. See apisix-mesh-agent iptables'],
  ['iptables --dry-run extra', 'unexpected argument "extra". See '],
  ['iptables --apisix-port', '--apisix-port has no value. Use --apisix-port PORT. See '],
  ['cleanup-iptables --from - --dryrun', 'unknown option "--dryrun" (did you mean "--dry-run"?). See '],
  ["iptables --inbound-ports '' --bogus", 'unknown option "--bogus"'],
  ['iptables --apisix-port -1', '--apisix-port has no value. Use --apisix-port PORT. See '],
  ['iptables --dry-run -o', '--output has no value. Use -o, --output FILE. See '],
  ['iptables --dry-run=yes --inbound-ports', '--inbound-ports has no value. Use --inbound-ports PORTS. See '],
  ['iptables --dry-run=true --outbnd-ports 80', 'unknown option "--outbnd-ports" (did you mean "--outbound-ports"?)'],
  ['iptables --no-dry-run --zzz=1', 'unknown option "--zzz". See '],
  ['iptables --inbound-ports 80 --apisix-port=1 extra', 'unexpected argument "extra". See '],
  [
    'iptables --inbound-ports=80 443',
    `unexpected argument "443". A list is one word, as in 80,443, and '*' needs quotes. See `,
  ],
  ['iptables --inbound-ports 80, 443 --dry-run', 'unexpected argument "443". A list is one word'],
  ['iptables --inbound-ports LICENSE README.md', 'unexpected argument "README.md". A list is one word'],
  ['iptables -n', 'unknown option "-n". See '],
  ['--dry-run nosuch', 'the command comes first. The commands are iptables, cleanup-iptables, '],
]

for (const [command, says] of SYNTAX)
  test(command, async () => {
    const { status, stdout, stderr } = await cli(words(command))
    assert.is(stdout, '')
    assert.match(stderr, `apisix-mesh-agent: error: ${says}`)
    assert.is(stderr.split('\n').length, 2, stderr)
    assert.is(status, 1)
  })

test('all faulty values at once, and no file', async () => {
  const target = join(folder, 'out')
  const { status, stderr } = await cli(
    words(`iptables --apisix-port 0 --inbound-ports 80,x --outbound-ports *,1 --apisix-user 1:2:3 --output ${target}`),
  )
  const named = stderr.match(/^apisix-mesh-agent: error: --[a-z-]+/gm)?.map((start) => start.slice(26))
  assert.equal(named?.sort(), ['--apisix-port', '--apisix-user', '--inbound-ports', '--outbound-ports'])
  assert.is(existsSync(target), false)
  assert.is(status, 1)
})

test('--output and --dry-run exclude each other', async () => {
  const { status, stderr } = await cli(words(`iptables --apisix-user 1:2 --dry-run --output ${folder}/out`))
  assert.match(stderr, 'cannot be combined with --dry-run, which prints to stdout')
  assert.is(status, 1)
})

/** Combinations that contradict each other. */
const TOGETHER: [options: string, says: string][] = [
  ['--from - --format documented', '--from: "-" gives a document for iptables-restore'],
  ['--from - --template x.hbs', '--from: "-" gives a document for iptables-restore'],
  ['--format script --template x.hbs', '--template: "x.hbs" cannot be combined with --format script'],
  ['--format init-container', '--format: "init-container" needs --image. Use --image registry.example/iptables:1.8'],
  [
    '--format init-container --image a"b',
    '--image: "a\\"b" is not the name of an image. Use one as in registry.example',
  ],
  ['--format systemd', '--format: "systemd" needs --install-path. Use --install-path /usr/local/sbin/apisix-redirect'],
  ['--format systemd --install-path relative', '--install-path: "relative" is no absolute path to install at'],
  ['--format systemd --install-path /a%b', '--install-path: "/a%b" is no absolute path to install at'],
  ['--dry-run --image x', '--image: "x" applies to --format init-container only'],
  ['--netns /a --pid 1', '--pid: "1" cannot be combined with --netns'],
  ['--backend nft --iptables-restore /sbin/iptables-restore', 'already names the backend. Remove --backend'],
  ['--iptables-restore iptables', 'is not the absolute path of an iptables-restore'],
  ['--confirm-within 0', '--confirm-within: "0" is not a duration. Use 1s to 24h'],
  ['--confirm-within 25h', '--confirm-within: "25h" is not a duration. Use 1s to 24h'],
  [
    '--confirm-within 60s --dry-run',
    '--confirm-within: "60s" is about the live rules, which this command line does not',
  ],
  ['--confirm-within 60s --format script', '--confirm-within: "60s" is about the live rules'],
  [`--confirm-within 60s --output ${folder}/out`, '--confirm-within: "60s" is about the live rules'],
  ['--confirm-within 60s --from -', '--confirm-within: "60s" is about the live rules'],
  ['--wait 0', '--wait: "0" is not a duration. Use 1s to 24h'],
]

for (const [options, says] of TOGETHER)
  test(options, async () => {
    const { status, stdout, stderr } = await cli(words(`iptables --apisix-user 1:2 --inbound-ports 80 ${options}`))
    assert.match(stderr, says)
    assert.is(stdout, '')
    assert.is(status, 1)
  })

for (const [command, plain] of [
  ['help', '--help'],
  ['help check', 'check --help'],
  ['version', '--version'],
] as const)
  test(`${command} is ${plain}`, async () => assert.equal(await cli(words(command)), await cli(words(plain))))

test('without a command nothing is done, and that is an error', async () => {
  const { status, stdout, stderr } = await cli([])
  assert.is(stderr, (await cli(['--help'])).stdout)
  assert.is(stdout, '')
  assert.is(status, 1)
})

test('the inverse of a set-up without ports is not taken for what is live', async () => {
  const { stderr } = await cli(words('cleanup-iptables --apisix-user 1:2 --dry-run'))
  assert.match(
    stderr,
    'this undoes a set-up without ports. Use the options of your set-up, or pipe `iptables-save -t nat`',
  )
  for (const format of ['documented', 'script'])
    assert.not.match((await cli(words(`cleanup-iptables --apisix-user 1:2 --format ${format}`))).stderr, 'nothing-int')
})

test('cleaning up what is found takes no set-up options', async () => {
  const { status, stderr } = await cli(words('cleanup-iptables --inbound-ports 80 --apisix-user nosuch'))
  assert.match(
    stderr,
    '--apisix-user: "nosuch" does not apply: cleanup-iptables removes whatever managed rules it finds',
  )
  assert.match(stderr, '--inbound-ports: "80" does not apply: cleanup-iptables removes whatever managed rules it finds')
  assert.is(status, 1)
})

test('text of a stranger never steers the terminal', async () => {
  const { stderr } = await cli(['iptables', '--dry-run', '--apisix-port=\u001b[31m\u009b\u202e80'])
  assert.match(stderr, String.raw`"\u001b[31m\u009b\u202e80" is not a port`)
})

for (const command of ['iptables --dry-run=true --dry-run=false', 'iptables --dry-run --no-dry-run'])
  test(`${command} contradicts itself, and does nothing`, async () => {
    const { status, stdout, stderr } = await cli(words(command))
    assert.is(stderr, 'apisix-mesh-agent: error: --dry-run is switched on and off. Use it once.\n')
    assert.is(stdout, '')
    assert.is(status, 1)
  })

test.run()
