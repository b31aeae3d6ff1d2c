import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SHELLS } from '../../src/reference/shell-completion'
import { testWith } from '../needing'
import { cli } from '../support'
import { workshop } from '../workshop'

const scriptOf = async (shell: string) => (await cli(['completion', shell])).stdout

/** What stands on the line, the cursor behind it, and what bash then offers; a word of bash ends at `=` and `@`. */
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
  ['iptables --he', ['--help']],
  ['iptables --apisix-user --', []],
  ['iptables --inbound-ports ru', []],
  ['iptables --inbound-ports @ ru', ['rules.golden']],
  ['iptables --inbound-ports 80, @ ru', ['rules.golden']],
  ['iptables --inbound-ports =@ ru', ['rules.golden']],
  ['check --allow dup', ['duplicate']],
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

/** What stands on the line, and what zsh and fish make of it. */
const COMPLETED: [line: string, completed: string][] = [
  ['cl', 'cleanup-iptables'],
  ['completion z', 'completion zsh'],
  ['iptables --comp', 'iptables --compact'],
  ['iptables --format=systemd-t', 'iptables --format=systemd-timer'],
  ['iptables -o ru', 'iptables -o rules.golden'],
  ['iptables --inbound-ports @ru', 'iptables --inbound-ports @rules.golden'],
  ['iptables --inbound-ports=80,@ru', 'iptables --inbound-ports=80,@rules.golden'],
  ['iptables --inbound-ports ru', 'iptables --inbound-ports ru'],
  ['check --allow dup', 'check --allow duplicate'],
  ['diff ru', 'diff rules.golden'],
]

/** Zsh completes only in its line editor: one with a terminal, whose Tab shows the line that became of it. */
const ZSH = `
  zmodload zsh/zpty
  zpty -b shell zsh -f -i
  setup='PS1=; autoload -U compinit; compinit -u -D; . ./completion.zsh
    show() { zle complete-word; print -r -- "$BUFFER" >>completed; BUFFER=; }; zle -N show; bindkey "^I" show; print READ""Y'
  zpty -w shell $setup
  zpty -r shell seen '*READY*'
  for line; do zpty -w -n shell "apisix-mesh-agent $line"$'\t'; done
  zpty -w shell 'print DO""NE'
  zpty -r shell seen '*DONE*'
`

testWith('zsh', 'zsh completes', async () => {
  writeFileSync(join(folder, 'completion.zsh'), await scriptOf('zsh'))
  execFileSync('zsh', ['-f', '-c', ZSH, 'zsh', ...COMPLETED.map(([line]) => line)], { cwd: folder, timeout: 20_000 })
  const lines = readFileSync(join(folder, 'completed'), 'utf8').trimEnd().split('\n')
  assert.equal(
    lines.map((line) => line.trimEnd()),
    COMPLETED.map(([, completed]) => `apisix-mesh-agent ${completed}`),
  )
})

testWith('fish', 'fish completes', async () => {
  const asked = COMPLETED.map(([line]) => `complete -C 'apisix-mesh-agent ${line}'; echo .`)
  const script = [await scriptOf('fish'), ...asked].join('\n')
  const printed = execFileSync('fish', ['--no-config', '-c', script], { cwd: folder, encoding: 'utf8' })
  for (const [at, [line, completed]] of COMPLETED.entries()) {
    const [word = line.split(' ').pop()] = (printed.split('.\n')[at] ?? '').match(/^[^\t\n]+/) ?? []
    assert.is([...line.split(' ').slice(0, -1), word].join(' '), completed)
  }
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
