import { test } from 'uvu'
import * as assert from 'uvu/assert'
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
    assert.is(stderr, '')
    assert.is(status, 0)
  })

test.run()
