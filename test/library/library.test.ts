import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cleanup, InvalidOptions, interception, type Options, render } from '../../src/index'
import { cli, words } from '../support'

const ALEX: Options = { apisixUser: { uid: 501, gid: 20 } }

/** Options, and the command line that means the same. */
const SAME: [options: Options, command: string][] = [
  [ALEX, ''],
  [{ apisixUser: [{ uid: 501, gid: 20 }] }, ''],
  [{ ...ALEX, apisixPort: 19080, inboundPorts: [80, 443] }, '--apisix-port 19080 --inbound-ports 80,443'],
  [
    { ...ALEX, inboundPorts: '*', inboundExcludePorts: [22, 8080] },
    "--inbound-ports '*' --inbound-exclude-ports 22,8080",
  ],
  [{ ...ALEX, outboundPorts: '*', outboundExcludePorts: [53] }, "--outbound-ports '*' --outbound-exclude-ports 53"],
  [
    { ...ALEX, apisixInboundCapturePort: 9081, inboundPorts: [] },
    '--apisix-inbound-capture-port 9081 --inbound-ports=',
  ],
]

for (const [options, command] of SAME)
  test(`the same bytes as ${command || 'no options'}`, async () => {
    const flags = words(`${command} --apisix-user 501:20`)
    const printed = async (argv: string[]) => (await cli(argv)).stdout
    assert.is(render(options), await printed(['iptables', ...flags, '--dry-run']))
    assert.is(cleanup(options), await printed(['cleanup-iptables', ...flags, '--dry-run']))
    assert.is(render(options, { format: 'script' }), await printed(['iptables', ...flags, '--format', 'script']))
    const settings = { format: 'init-container', image: 'a/b:1' } as const
    const container = ['iptables', ...flags, ...words('--format init-container --image a/b:1')]
    assert.is(render(options, settings), await printed(container))
    assert.is(
      render(options, { ...settings, nativeNftables: true }),
      await printed([...container, '--native-nftables']),
    )
  })

test('all faulty values at once', () => {
  const bad = { apisixUser: { uid: -1, gid: 1 }, apisixPort: 0, inboundPorts: [80, Number.NaN] }
  assert.throws(
    () => interception(bad),
    (error: unknown) =>
      error instanceof InvalidOptions &&
      error.faults.map(({ option }) => option).join() === 'apisixPort,apisixUser,inboundPorts',
  )
})

/** What a program without types may give, and what is said of it. */
const UNFIT: [what: string, make: () => unknown, says: string][] = [
  ['nothing', () => render(undefined as never), 'apisixUser: "undefined" lacks a uid and a gid'],
  ['no user', () => render({} as never), 'apisixUser: "undefined" lacks a uid and a gid, as in { uid: 501, gid: 20 }'],
  ['half a user', () => render({ apisixUser: { uid: 1 } } as never), 'apisixUser: "{ uid: 1 }" lacks a uid'],
  [
    'an option that is none',
    () => render({ ...ALEX, inboundPort: [80] } as never),
    'inboundPort: "[ 80 ]" is given for an unknown option (did you mean "inboundPorts"?)',
  ],
  [
    'no such format',
    () => render(ALEX, { format: 'x' as never }),
    'format: "x" is not a known format. Use restore, documented,',
  ],
  [
    'no such format of a clean-up',
    () => cleanup(ALEX, { format: 'systemd' }),
    'format: "systemd" is not a known format',
  ],
  ['no image', () => render(ALEX, { format: 'init-container' }), 'image: "" is not the name of an image'],
  [
    'nft in what has no script',
    () => render(ALEX, { nativeNftables: true }),
    'nativeNftables: "true" applies to script, init-container, systemd',
  ],
  ['no path', () => render(ALEX, { format: 'systemd' }), 'installPath: "" is no absolute path to install at'],
]

const CIRCULAR: unknown[] = []
CIRCULAR.push(CIRCULAR)
/** Values of other types than the options take. */
const STRANGE = [null, 1n, Symbol('s'), CIRCULAR, [undefined], [null], [[80]], {}, () => 80, Number.NaN]
const NAMES = Object.keys({
  apisixPort: 0,
  apisixInboundCapturePort: 0,
  apisixUser: 0,
  inboundPorts: 0,
  outboundPorts: 0,
  inboundExcludePorts: 0,
  outboundExcludePorts: 0,
  outboundCidrs: 0,
  outboundExcludeCidrs: 0,
  inboundExcludeCidrs: 0,
  excludeInterfaces: 0,
  outboundPortsOrCidrs: 0,
  outboundUsers: 0,
  outboundGroups: 0,
  rerouteInterfaces: 0,
  redirectSelfCalls: 0,
  inboundLocalOnly: 0,
  outboundExcludeUsers: 0,
  outboundExcludeGroups: 0,
  outboundExcludePortsForUsers: 0,
  compact: 0,
  isolate: 0,
  noSshExempt: 0,
  comments: 0,
  jumpPosition: 0,
  ipFamily: 0,
} satisfies Record<keyof Options, 0>)

for (const name of NAMES)
  test(`faulty: values of another type for ${name}`, () => {
    for (const value of STRANGE)
      for (const make of [render, cleanup, interception])
        assert.throws(
          () => make({ ...ALEX, [name]: value } as never),
          (error: unknown) => error instanceof InvalidOptions && error.faults.every(({ option }) => option === name),
        )
  })

test('faulty: settings of another type', () => {
  for (const value of [null, 1n, Symbol('s'), CIRCULAR, {}]) {
    assert.throws(() => render(ALEX, { format: value as never }), /^format: /)
    assert.throws(() => render(ALEX, { format: 'init-container', image: value as never }), /^image: /)
    assert.throws(() => render(ALEX, { format: 'systemd', installPath: value as never }), /^installPath: /)
    assert.throws(() => render(ALEX, { format: 'script', nativeNftables: value as never }), /^nativeNftables: /)
  }
})

for (const [what, make, says] of UNFIT)
  test(`faulty: ${what}`, () => {
    assert.throws(make, (error: unknown) => error instanceof InvalidOptions && error.message.startsWith(says))
  })

test('a text in place of a number injects nothing', () => {
  const bad = { ...ALEX, inboundPorts: ['80\n-A OUTPUT -j ACCEPT'] as unknown as number[] }
  assert.throws(() => render(bad), /is not a port/)
})

test('each warning is given to a function', () => {
  for (const make of [render, cleanup]) {
    const names: string[] = []
    make(ALEX, { onWarning: ({ name }) => names.push(name) })
    assert.equal(names, ['nothing-intercepted'])
  }
})

test('warnings', () => {
  assert.equal(
    interception(ALEX).warnings.map(({ name }) => name),
    ['nothing-intercepted'],
  )
})

test.run()
