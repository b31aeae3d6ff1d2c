import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, fixture, golden, words } from '../support'
import { workshop } from '../workshop'

const folder = workshop('diff')
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const made = async (options: string) => (await cli(words(`iptables --apisix-user 501:20 ${options}`))).stdout

const OPTIONS = '--inbound-ports 80,443 --outbound-ports 80'
const FEWER = '--inbound-ports 80 --outbound-ports 80 --outbound-exclude-users 1000'

/** Ways to write one ruleset: all of them do the same. */
const SAME: [what: string, options: string][] = [
  ['the document', '--dry-run'],
  ['a script', '--format script'],
  ['the listing of the documentation', '--format documented'],
  ['the compact form', '--compact --dry-run'],
  ['outbound rules in a chain of their own', '--isolate --dry-run'],
  ['rules with comments', '--comments --dry-run'],
]

for (const [what, options] of SAME)
  test(`${what} does the same as the document`, async () => {
    const one = file('one.rules', await made(`${OPTIONS} --dry-run`))
    const { status, stdout, stderr } = await cli(words(`diff ${one} -`), { stdin: await made(`${OPTIONS} ${options}`) })
    assert.is(stdout, 'No difference: both rulesets do the same to every new TCP connection.\n')
    assert.is(stderr, '')
    assert.is(status, 0)
  })

for (const [name, options] of [
  ['diff.txt', ''],
  ['diff.md', '--format markdown'],
  ['diff.json', '--json'],
] as const)
  test(`fewer ports and a user excluded: ${name}`, async () => {
    const [one, other] = [
      file('old.rules', await made(`${OPTIONS} --dry-run`)),
      file('new.rules', await made(`${FEWER} --dry-run`)),
    ]
    const { status, stdout } = await cli(words(`diff ${one} ${other} ${options}`))
    golden(`diff/${name}`, stdout)
    assert.is(status, 1)
  })

test('both families, where a document is for both', async () => {
  const one = file('dual.rules', await made(`${OPTIONS} --ip-family dual --dry-run`))
  const other = await made('--inbound-ports 80,443 --outbound-ports 80,8080 --ip-family dual --dry-run')
  const { stdout } = await cli(words(`diff ${one} - --json`), { stdin: other })
  assert.equal(
    JSON.parse(stdout).families.map((each: { family: string; differences: unknown[] }) => [
      each.family,
      each.differences.length,
    ]),
    [
      ['ipv4', 3],
      ['ipv6', 3],
    ],
  )
})

test('chance: what may happen is compared', async () => {
  const saved = fixture('saved/kube-proxy.rules')
  const one = file('kube.rules', saved)
  const { status, stderr } = await cli(words(`diff ${one} -`), {
    stdin: saved.replaceAll(/--probability 0\.\d+/g, '--probability 0.9'),
  })
  assert.match(stderr, 'note: rules that match by chance are compared by what they may do, not by how often.')
  assert.is(status, 0)
})

/** What cannot be compared, and what is said of it. Exit status 2. */
const TROUBLE: [line: string, stdin: string, says: string][] = [
  ['diff', '', 'diff needs two files. Use `apisix-mesh-agent diff OLD NEW`'],
  ['diff a', '', 'diff needs two files'],
  ['diff a b c', '', 'diff needs two files'],
  ['diff --live', '', 'diff --live needs one file'],
  ['diff - -', '', 'only one side can come from stdin'],
  ['diff /nosuch -', '*nat\nCOMMIT\n', '"/nosuch" cannot be read: ENOENT'],
  ['diff - /dev/null', 'nothing', '"-" cannot be used: line 1: not what iptables-save prints'],
  ['diff - /dev/null', 'iptables -t nat -D OUTPUT -j ACCEPT\n', 'it removes rules instead of setting them up'],
  ['diff - /dev/null', '#!/bin/sh\necho\n', 'this script holds no rules of this program'],
  ['diff --format mermaid a b', '', '--format: "mermaid" is not a known value. Use text or markdown'],
]

for (const [line, stdin, says] of TROUBLE)
  test(`${line}: ${says}`, async () => {
    const { status, stdout, stderr } = await cli(words(line), { stdin })
    assert.match(
      stderr,
      `apisix-mesh-agent: error: ${says.startsWith('it ') || says.startsWith('this') ? '"-" cannot be used: ' : ''}${says}`,
    )
    assert.is(stdout, '')
    assert.is(status, 2)
  })

test.run()
