import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { COMMAND_NAMES } from '../../src/options/table'
import { cli, golden, words } from '../support'
import { COMMANDS } from './documents'

const said: string[] = []

for (const [name, command] of COMMANDS)
  test(`${name}: ${command}`, async () => {
    const { status, stdout, stderr } = await cli([...words(command), '--dry-run'])
    golden(`rules/${name}.rules`, stdout)
    said.push(`${name}:\n${stderr}`)
    assert.is(status, 0)
  })

test('what these say to people', () => golden('rules/warnings.txt', said.join('\n')))

const HELP = [
  '--help',
  'iptables --help',
  'cleanup-iptables --help',
  'inject --help',
  'confirm --help',
  'completion --help',
  'check --help',
  'explain --help',
  'precheck --help',
  'diff --help',
]

for (const command of HELP)
  test(`${command}, in 80 columns but for commands`, async () => {
    const { status, stdout, stderr } = await cli(words(command))
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80 || /^ +apisix-mesh-agent /.test(line), line)
    golden(`help/${command.replace(/ ?--help/, '') || 'overview'}.txt`, stdout)
    // Variables are explained once a page, and not for each option again.
    assert.not.match(stdout.split('Environment:')[0] ?? '', /APISIX_MESH_AGENT_/)
    assert.is(stderr, '')
    assert.is(status, 0)
  })

test('-h of each command fits on a screen', async () => {
  const runs = await Promise.all(COMMAND_NAMES.map((name) => cli([name, '-h'])))
  for (const { status, stderr } of runs) assert.equal([status, stderr], [0, ''])
  const pages = runs.map(({ stdout }) => stdout)
  for (const page of pages) assert.ok(page.split('\n').length <= 40, page)
  golden('help/short.txt', pages.join('\n'))
})

test.run()
