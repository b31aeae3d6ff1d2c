import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renderDocument } from '../../src/render/render'
import { renderScript } from '../../src/render/script'
import { declaration } from '../../src/ruleset/transaction'
import { interceptions, wantedOf } from '../ruleset/random'
import { golden } from '../support'
import { SHELLS, testWith } from './shells'

const selection = { all: false, exclude: [] }
const example4 = wantedOf({
  proxyPort: 9080,
  inboundCapturePort: null,
  owner: { uid: 501, gid: 20 },
  inbound: { ...selection, ports: [80, 443], exemptSsh: false },
  outbound: { ...selection, ports: [80] },
})
const everything = wantedOf({
  proxyPort: 9080,
  inboundCapturePort: 9081,
  owner: { uid: 0, gid: 4294967294 },
  inbound: { all: true, ports: [], exclude: [8080], exemptSsh: true },
  outbound: { all: true, ports: [], exclude: [53, 3306] },
})
const options = ['--apisix-user', '501:20', '--inbound-ports', '80,443', '--outbound-ports', '80', '--format', 'script']
const made = { version: '1.2.3', command: ['iptables', ...options] }
const script = renderScript(example4, made, 'apply')

test('golden', () => {
  golden('script-both.sh', script)
  golden('script-clean.sh', renderScript(everything, { version: '1.2.3', command: ['cleanup-iptables'] }, 'clean'))
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
const hostile = renderScript(example4, { version: '1.2.3', command: HOSTILE }, 'apply')

for (const [what, text] of [
  ['the script', script],
  ['made by a hostile command', hostile],
] as const) {
  test(`${what}: nothing that Kubernetes would expand, no here-document, plain text`, () => {
    assert.not.match(text, /\$\$|\$\([A-Za-z_][\w.-]*\)/)
    assert.not.match(text, /<</)
    assert.match(text, /^[\n -~]*\n$/)
  })

  testWith('shellcheck', `${what}: shellcheck has nothing to say`, () => {
    for (const dialect of ['sh', 'dash', 'bash']) {
      const { stdout, status } = spawnSync('shellcheck', ['-s', dialect, '-S', 'style', '-'], {
        input: text,
        encoding: 'utf8',
      })
      assert.is(stdout, '')
      assert.is(status, 0)
    }
  })

  for (const [name, [shell, ...args]] of Object.entries(SHELLS)) {
    const run = (...words: string[]) => spawnSync(shell, [...args, ...words], { input: text, encoding: 'utf8' })
    testWith(shell, `${what}: ${name} reads it, as an argument and from stdin too`, () => {
      assert.equal([run('-n').status, run('-n').stderr], [0, ''])
      for (const words of [
        ['-c', text, 'sh', '--dry-run'],
        ['-s', '--', '--dry-run'],
      ]) {
        const { status, stdout, stderr } = run(...words)
        assert.is(stdout, renderDocument(declaration(example4)))
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

test('--dry-run prints what iptables --dry-run prints', () => {
  fc.assert(
    fc.property(interceptions.map(wantedOf), fc.constantFrom('apply', 'clean'), (wanted, byDefault) => {
      const text = renderScript(wanted, made, byDefault)
      const { stdout } = spawnSync('sh', ['-s', '--', '--dry-run'], { input: text, encoding: 'utf8' })
      assert.is(stdout, renderDocument(declaration(wanted)))
      assert.is(renderScript(wanted, made, byDefault), text)
    }),
    { numRuns: 20 },
  )
})

test.run()
