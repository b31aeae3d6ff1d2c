import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unifiedDiff } from '../../src/format/unified-diff'
import { interception } from '../../src/index'
import type { Interception } from '../../src/interception/interception'
import { renderDocument, wantedRules } from '../../src/render/render'
import { renderScript } from '../../src/render/script'
import { declaration } from '../../src/ruleset/transaction'
import { testWith } from '../needing'
import { interceptions } from '../options'
import { cli, golden, words } from '../support'
import { testPlain } from './plain'
import { SHELLS } from './shells'

const owner = { apisixUser: { uid: 501, gid: 20 } }
const example4 = interception({ ...owner, inboundPorts: [80, 443], outboundPorts: [80] }).interception
const everything = interception({
  apisixUser: { uid: 0, gid: 4294967294 },
  apisixInboundCapturePort: 9081,
  inboundPorts: '*',
  inboundExcludePorts: ['8080-8090'],
  outboundPorts: '*',
  outboundExcludePorts: [53, 3306],
  outboundExcludeCidrs: ['10.0.0.0/8', 'fd00::/8'],
  jumpPosition: 'first',
  comments: true,
  ipFamily: 'dual',
}).interception
const ipv6 = interception({ ...owner, outboundPorts: [80], ipFamily: 'ipv6' }).interception
const scriptOf = (meant: Interception, command: string[], byDefault: 'apply' | 'clean' = 'apply') =>
  renderScript(wantedRules(meant), meant, { version: '1.2.3', command }, byDefault)
const options = ['--apisix-user', '501:20', '--inbound-ports', '80,443', '--outbound-ports', '80', '--format', 'script']
const script = scriptOf(example4, ['iptables', ...options])
const dual = scriptOf(everything, ['iptables'])
const inPod = (meant: Interception) =>
  renderScript(wantedRules(meant), meant, { version: '1.2.3', command: ['iptables'], inPod: true }, 'apply', {
    tools: 'iptables-legacy',
    wait: 1,
    timeout: 2,
    allowNode: true,
  })

test('golden, and what the script of both families that cleans up has more', () => {
  golden('script/apply.sh', script)
  const clean = scriptOf(everything, ['cleanup-iptables'], 'clean')
  golden('script/clean-dual.diff', unifiedDiff(['apply.sh', 'clean-dual.sh'], script, clean))
})

/** What a stranger may have typed, in the comment that quotes it. */
const HOSTILE = [
  'a\nrm -rf /',
  '\r',
  '$$',
  '$(HOME)',
  "'$$$(A)'",
  '\u2028',
  'caf\u00e9 \u{1f600}',
  '`id`',
  '--x=y z',
  '\\',
]
const hostile = scriptOf(example4, HOSTILE)

for (const [what, text, meant] of [
  ['the script', script, example4],
  ['made by a hostile command', hostile, example4],
  ['of one family, IPv6', scriptOf(ipv6, ['iptables']), ipv6],
  ['of both families', dual, everything],
  ['in a pod, with other defaults', inPod(example4), example4],
  ['in a pod, of both families', inPod(everything), everything],
] as const) {
  testPlain(what, text)

  for (const [name, [shell, ...args]] of Object.entries(SHELLS)) {
    const run = (...words: string[]) => spawnSync(shell, [...args, ...words], { input: text, encoding: 'utf8' })
    testWith(shell, `${what}: ${name} reads it, as an argument and from stdin too`, () => {
      assert.equal([run('-n').status, run('-n').stderr], [0, ''])
      for (const words of [
        ['-c', text, 'sh', '--dry-run'],
        ['-s', '--', '--dry-run'],
      ]) {
        const { status, stdout, stderr } = run(...words)
        assert.is(stdout, renderDocument(declaration(wantedRules(meant))))
        assert.equal([status, stderr], [0, ''])
      }
    })
  }
}

test('the header quotes the command in one line', () => {
  const [, , , , , line] = script.split('\n')
  assert.is(line, `#   apisix-mesh-agent iptables ${options.join(' ')}`)
  assert.is(hostile.split('\n').indexOf(''), script.split('\n').indexOf(''))
})

test('the command in the header makes the same script again, switches that are off included', async () => {
  const made = await cli(
    words('iptables --apisix-user 1:2 --inbound-ports 1,2 --no-compact --comments --format script'),
  )
  const [, command = ''] = /^# {3}apisix-mesh-agent (.*)$/m.exec(made.stdout) ?? []
  assert.is(command, 'iptables --apisix-user 1:2 --inbound-ports 1,2 --compact=false --comments=true --format script')
  assert.is((await cli(words(command))).stdout, made.stdout)
})

test('--dry-run prints what iptables --dry-run prints', () => {
  fc.assert(
    fc.property(interceptions, fc.constantFrom('apply', 'clean'), (meant, byDefault) => {
      const text = scriptOf(meant, ['iptables'], byDefault)
      const { stdout } = spawnSync('sh', ['-s', '--', '--dry-run'], { input: text, encoding: 'utf8' })
      assert.is(stdout, renderDocument(declaration(wantedRules(meant))))
      assert.is(scriptOf(meant, ['iptables'], byDefault), text)
    }),
    { numRuns: 20 },
  )
})

test.run()
