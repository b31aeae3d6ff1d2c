import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SHELLS } from '../../src/reference/shell-completion'
import { testWith } from '../needing'
import { cli } from '../support'
import { workshop } from '../workshop'

const scriptOf = async (shell: string) => (await cli(['completion', shell])).stdout

/** What stands on the line, the cursor behind it, and what bash then offers; a word of bash ends at `=`. */
const OFFERED: [line: string, offered: string[]][] = [
  ['cl', ['cleanup-iptables']],
  ['c', ['cleanup-iptables', 'check', 'confirm', 'completion']],
  ['iptables --apisix-p', ['--apisix-port']],
  ['iptables --format sy', ['systemd', 'systemd-reapply', 'systemd-repair', 'systemd-timer']],
  ['iptables --format = sy', ['systemd', 'systemd-reapply', 'systemd-repair', 'systemd-timer']],
  ['iptables --backend =', ['auto', 'nft', 'legacy']],
  ['explain --format m', ['mermaid']],
  ['diff --format m', ['markdown']],
  ['confirm --n', ['--netns']],
  ['confirm --inbound', []],
  ['completion z', ['zsh']],
  ['iptables --apisix-user --', []],
  ['iptables --output ru', ['rules.golden']],
  ['iptables -o ru', ['rules.golden']],
  ['diff ru', ['rules.golden']],
  ['check ru', []],
]

const folder = workshop('completion')
writeFileSync(join(folder, 'rules.golden'), '')

for (const [line, offered] of OFFERED)
  testWith('bash', `bash offers for: ${line}`, async () => {
    const words = ['apisix-mesh-agent', ...line.split(' ')].map((word) => `'${word}'`)
    const typed = `COMP_WORDS=(${words.join(' ')}) COMP_CWORD=${words.length - 1}; _apisix_mesh_agent`
    const script = `${await scriptOf('bash')}\n${typed}\nfor each in "\${COMPREPLY[@]}"; do echo "$each"; done`
    const printed = execFileSync('bash', ['--norc', '-c', script], { cwd: folder, encoding: 'utf8' })
    assert.equal(printed.split('\n').filter(Boolean), offered)
  })

for (const shell of SHELLS)
  testWith(shell, `${shell} reads its script`, async () => {
    const file = join(folder, `completion.${shell}`)
    writeFileSync(file, await scriptOf(shell))
    execFileSync(shell, ['-n', file], { stdio: 'pipe' })
  })

testWith('fish', 'fish offers words and files', async () => {
  const asked = "complete -C 'apisix-mesh-agent iptables --format sy'; complete -C 'apisix-mesh-agent completion z'"
  const script = `${await scriptOf('fish')}\n${asked}`
  const printed = execFileSync('fish', ['--no-config', '-c', script], { cwd: folder, encoding: 'utf8' })
  const offered = printed.split('\n').map((each) => each.split('\t')[0])
  assert.equal(offered.filter(Boolean), ['systemd', 'systemd-reapply', 'systemd-repair', 'systemd-timer', 'zsh'])
})

testWith('shellcheck', 'shellcheck has nothing to say about the script for bash', async () => {
  execFileSync('shellcheck', ['-s', 'bash', '-'], { input: await scriptOf('bash'), stdio: 'pipe' })
})

/** A shell that is none, and what is said. */
const REFUSED: [shells: string[], says: string][] = [
  [[], 'no shell is given. Use bash, zsh or fish.'],
  [['tcsh'], '"tcsh" is not a shell. Use bash, zsh or fish.'],
  [['bash', 'zsh'], '"bash zsh" is not a shell. Use bash, zsh or fish.'],
]

for (const [shells, says] of REFUSED)
  test(`refused: completion ${shells.join(' ')}`, async () => {
    const { status, stdout, stderr } = await cli(['completion', ...shells])
    assert.equal([status, stdout, stderr], [1, '', `apisix-mesh-agent: error: ${says}\n`])
  })

test.run()
