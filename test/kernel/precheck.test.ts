import { once } from 'node:events'
import * as assert from 'uvu/assert'
import { ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Namespace } from './harness/namespace'
import { ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { counted, restore } from './harness/table'
import { type Backend, replaced } from './harness/tools'

const test = kernelSuite([program])
const onNft = kernelSuite([program], ['nft'])
const otherThan = (backend: Backend): Backend => (backend === 'nft' ? 'legacy' : 'nft')
const names = (at: Namespace) => at.must(['cat', '/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'])

/** A proxy that listens on port 9080 of addresses until the namespace's processes are ended. */
async function listening(at: Namespace, defer: (end: () => unknown) => void, ...addresses: string[]): Promise<void> {
  const listen = (address: string) => `require('net').createServer().listen(9080, '${address}', () => console.log())`
  const source = `process.stdin.on('end', () => process.exit()).resume(); ${addresses.map(listen).join(';')}`
  const child = at.start([process.execPath, '-e', source], '501:20')
  defer(() => child.stdin?.end())
  for (const _ of addresses) await once(child.stdout as NodeJS.ReadableStream, 'data')
}

test('a proxy whose own traffic would come back to it is a warning, where it is set up too', async ({
  namespace,
  defer,
}) => {
  const ours = await namespace()
  await listening(ours, defer, '0.0.0.0')
  const options = '--outbound-ports 80 --inbound-ports 80'.split(' ')
  const loops =
    /the process that listens on port 9080 runs as uid 501, gid 20, and its own traffic is redirected back to it/
  for (const [more, says] of [
    ['--apisix-user 636:636', true],
    ['--apisix-user 501:636', true],
    ['--apisix-user 636:20', false],
    ['--apisix-user 636:636 --outbound-exclude-users 500-501', false],
    ['--apisix-user 636:636 --outbound-exclude-groups 20', false],
    ['--apisix-user 636:636 --apisix-port 9081', false],
  ] as const) {
    const argv = [...options, ...more.split(' ')]
    assert.is(loops.test(lines((await ask.precheck(ours, [...argv, '--json'])).stdout)), says, more)
    assert.is(loops.test((await program.apply(ours, argv)).stderr), says, more)
  }
})

/** Lines of state, name and text, as they are before they are wrapped. */
function lines(json: string): string {
  const { checks } = JSON.parse(json) as { checks: { state: string; name: string; text: string }[] }
  return checks.map(({ state, name, text }) => `${state} ${name}: ${text}`).join('\n')
}

test('a machine on which it works', async ({ namespace, tools: { backend }, defer }) => {
  const ours = await namespace()
  await listening(ours, defer, '0.0.0.0')
  const { status, stdout, stderr } = await ask.precheck(ours, [...ONE, '--compact'])
  assert.is(status, 0)
  assert.is(stderr, '')
  assert.not.match(stdout, /^(warning|fault) /m)
  assert.match(stdout, `backend ${backend}`)
  assert.match(stdout, /^ok: /m)
})

test('a proxy on 127.0.0.1 alone is reached by what goes out and not by what comes in', async ({
  namespace,
  defer,
}) => {
  const ours = await namespace()
  await listening(ours, defer, '127.0.0.1')
  const inbound = await ask.precheck(ours, ONE)
  assert.is(inbound.status, 1)
  assert.match(inbound.stdout, /^fault {4}listeners: port 9080 listens on 127\.0\.0\.1 only, but inbound/m)
  assert.is((await ask.precheck(ours, ['--apisix-user', '501:20', '--outbound-ports', '80'])).status, 0)
})

/** Words in front of a command, the exit status of precheck and of an apply alike, and a line of the former. */
const CIRCUMSTANCES: [what: string, words: string[], status: Record<Backend, number>, line: RegExp][] = [
  [
    'without capabilities',
    ['setpriv', '--bounding-set=-all', '--inh-caps=-all'],
    { nft: 1, legacy: 1 },
    /^fault capabilities: uid 0 cannot give CAP_NET_ADMIN and CAP_NET_RAW/m,
  ],
  [
    'with NET_ADMIN and NET_RAW alone',
    ['setpriv', '--bounding-set=-all,+net_admin,+net_raw', '--inh-caps=-all'],
    { nft: 0, legacy: 0 },
    /^(warning features: not tried: nat, REDIRECT and owner|ok features: )/m,
  ],
  [
    'with NET_ADMIN alone',
    ['setpriv', '--bounding-set=-all,+net_admin', '--inh-caps=-all'],
    { nft: 0, legacy: 1 },
    /^\w+ capabilities: uid 0 cannot give CAP_NET_RAW/m,
  ],
  [
    'as another user, who has both',
    'setpriv --reuid=501 --regid=20 --clear-groups --inh-caps=+net_admin,+net_raw --ambient-caps=+net_admin,+net_raw'.split(
      ' ',
    ),
    { nft: 0, legacy: 1 },
    /^ok capabilities: .* uid 501$/m,
  ],
  [
    'with a read-only /run',
    ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o ro none /run && exec "$0" "$@"'],
    { nft: 0, legacy: 1 },
    /^\w+ lock: \/run\/xtables\.lock cannot be opened \(EROFS\)/m,
  ],
  [
    'in a user namespace that maps root alone',
    ['unshare', '--user', '--map-root-user', '--net'],
    { nft: 1, legacy: 1 },
    /^fault ids: this user namespace does not map uid 501 and gid 20/m,
  ],
  [
    'without the tools',
    ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /usr/sbin && mount -t tmpfs none /sbin && exec "$0" "$@"'],
    { nft: 1, legacy: 1 },
    /^fault tools: IPv4: iptables-save is not on PATH, in \/usr\/sbin or in \/sbin$/m,
  ],
]

for (const [what, words, status, line] of CIRCUMSTANCES)
  test(`${what} it foretells what an apply comes to`, async ({ agent, namespace, tools: { backend } }) => {
    const ours = await namespace()
    const there = { ...ours, run: (argv: string[], how = {}) => ours.run([...words, ...argv], how) }
    const said = await ask.precheck(there, [...ONE, '--json'])
    assert.match(lines(said.stdout), line)
    assert.is(said.stderr, '')
    assert.is(said.status, status[backend])
    assert.is((await agent.apply(there, ONE)).status, status[backend])
  })

test('a lock that is held is a warning where it is waited for', async ({ namespace, tools: { backend } }) => {
  const ours = await namespace()
  const hold = 'mount -t tmpfs none /run && : > /run/xtables.lock && exec flock /run/xtables.lock "$0" "$@"'
  const run = (argv: string[]) => ours.run(['unshare', '-m', 'sh', '-c', hold, ...argv])
  const { status, stdout } = await ask.precheck({ ...ours, run }, ONE)
  assert.match(
    stdout,
    backend === 'legacy' ? /^warning {2}lock: another process holds/m : /^ok {7}lock: nft needs none/m,
  )
  assert.is(status, 0)
})

test('managed rules in the other backend', async ({ agent, namespace, tools: { backend } }) => {
  const ours = await namespace()
  const other = otherThan(backend)
  await succeeded(agent.apply(ours, [...ONE, '--backend', other]))
  const alone = lines((await ask.precheck(ours, [...ONE, '--json'])).stdout)
  assert.match(alone, `ok tables: IPv4: ${other}, because it has the managed rules; the rules are active already`)
  assert.match(alone, `warning tables: IPv4: the managed rules are in ${other}, and `)
  await succeeded(agent.apply(ours, [...ONE, '--backend', backend]))
  const { status, stdout } = await ask.precheck(ours, [...TWO, '--json'])
  assert.match(lines(stdout), 'other managed rules are there, and would be replaced')
  assert.match(lines(stdout), `fault tables: IPv4: ${other} has managed rules too`)
  assert.is(status, 1)
})

onNft('a table that only nft shows', async ({ agent, namespace }) => {
  const ours = await namespace()
  const native = 'add rule ip nat OUTPUT meta mark 1 ct mark set 1'
  await ours.must([
    'nft',
    `add table ip nat; add chain ip nat OUTPUT { type nat hook output priority -100; }; ${native}`,
  ])
  const main = await ask.precheck(ours, [...ONE, '--json'])
  assert.match(lines(main.stdout), /^fault tables: IPv4: .* shows no complete nat table/m)
  assert.is(main.status, 1)
  assert.is((await agent.apply(ours, ONE)).status, 1)
  assert.is((await ask.precheck(ours, [...ONE, '--backend', 'legacy'])).status, 0)
})

onNft(
  'ip6tables that cannot be used: a fault where there are addresses',
  async ({ agent, sidecar, namespace, tools }) => {
    const spoiled = replaced(tools, { 'ip6tables-save': 'echo broken >&2; exit 3' })
    const dual = [...ONE, '--ip-family', 'dual']
    const without = await namespace(spoiled)
    const { app } = await sidecar(spoiled)
    assert.match((await ask.precheck(without, dual)).stdout, /^warning {2}ipv6: .* Only IPv4 is\s+set up/m)
    for (const [at, status] of [
      [without, 0],
      [app, 1],
    ] as const) {
      assert.is((await ask.precheck(at, dual)).status, status)
      assert.is((await agent.apply(at, dual)).status, status)
    }
  },
)

test('the warnings of the options, the machine and the table are lines', async ({ sidecar }) => {
  const { app } = await sidecar()
  await succeeded(restore(app, foreign))
  const options = '--outbound-ports * --inbound-ports 80 --apisix-user 501:20 --jump-position first'.split(' ')
  const warned = await ask.precheck(app, options)
  for (const name of ['loopback-redirected', 'ipv6-not-intercepted', 'isolate-recommended'])
    assert.match(warned.stdout, new RegExp(`^warning {2}${name}: `, 'm'))
  assert.is(warned.status, 0)
  const strict = await ask.precheck(app, [...options, '--strict', '--allow', 'loopback-redirected'])
  for (const name of ['ipv6-not-intercepted', 'isolate-recommended'])
    assert.match(strict.stdout, new RegExp(`^fault {4}${name}: `, 'm'))
  assert.match(strict.stdout, /^warning {2}loopback-redirected: /m)
  assert.is(strict.status, 1)
})

test('it leaves everything as it was, and registers no table', async ({ namespace }) => {
  const [empty, full] = [await namespace(), await namespace()]
  const dual = [...ONE, '--ip-family', 'dual', '--comments']
  for (const options of [dual, [...dual, '--backend', 'legacy'], [...dual, '--backend', 'nft']]) {
    await ask.precheck(empty, options)
    assert.is(await names(empty), '')
    assert.is(await empty.must(['nft', 'list', 'ruleset']), '')
  }
  await succeeded(restore(full, foreign))
  const seen = async () => [await counted(full), await names(full), await full.must(['nft', 'list', 'ruleset'])].join()
  const before = await seen()
  await ask.precheck(full, dual)
  assert.is(await seen(), before)
})

test('in another namespace, without a trace in our own', async ({ namespace, defer }) => {
  const [here, there] = [await namespace(), await namespace()]
  await listening(there, defer, '0.0.0.0')
  const { status, stdout } = await ask.precheck(here, [...ONE, '--netns', there.file])
  assert.match(stdout, /^ok {7}namespace: /m)
  assert.match(stdout, /^ok {7}listeners: port 9080 listens on 0\.0\.0\.0$/m)
  assert.is(status, 0)
  assert.is(await names(here), '')
})

test.run()
onNft.run()
