import { chmodSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { type Ended, exec } from '../kernel/harness/exec'
import { workshop } from '../workshop'

const NODE = process.execPath
export const PROGRAM = resolve('dist/cli.cjs')

/** A nat table without rules, and one with a managed set, as `iptables-save` prints them. */
export const EMPTY =
  '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n'
export const OURS = EMPTY.replace(
  'COMMIT',
  ':APISIX_REDIRECT - [0:0]\n-A OUTPUT -p tcp -m tcp --dport 9 -j APISIX_REDIRECT\nCOMMIT',
)

/** Lines of shell that print a text. */
export const shows = (text: string) => `printf '${text.replaceAll('\n', '\\n').replaceAll("'", "'\\''")}'`

/** Stand-ins for the tools of a backend, as lines of shell; `$HERE` is their folder. No rule of this machine is touched. */
export function standIns(save: string, restore = 'cat >"$HERE/sent"') {
  const here = workshop('stand-ins')
  for (const [name, line] of Object.entries({ save, restore })) {
    const file = join(here, `iptables-legacy-${name}`)
    writeFileSync(file, `#!/bin/sh\nHERE=${here}\n${line}\n`)
    chmodSync(file, 0o755)
  }
  return { here, path: `${here}:${process.env.PATH}` }
}

/** The commands that ask the stand-ins, with the exit status that means trouble. */
export const COMMANDS: [argv: string[], trouble: number][] = [
  ['iptables --apisix-user 501:20 --inbound-ports 80 --backend legacy'.split(' '), 1],
  ['cleanup-iptables --backend legacy --ip-family ipv4'.split(' '), 1],
  ['check --apisix-user 501:20 --inbound-ports 80 --backend legacy'.split(' '), 2],
]
export const [APPLY, CLEAN, CHECK] = COMMANDS.map(([argv]) => argv) as [string[], string[], string[]]

/** Runs the built program, in a shell that may prepare what surrounds it: `"$@"` is the program. */
export const run = (argv: string[], { path, shell = 'exec "$@"' }: { path?: string; shell?: string } = {}) =>
  exec(['/bin/sh', '-c', shell, 'sh', NODE, PROGRAM, ...argv], path === undefined ? {} : { path })

/** One error in a sentence, with the tool's words below, and nothing that is for us alone. */
export function isOneError({ status, stdout, stderr }: Ended, trouble: number, says: RegExp): void {
  assert.match(stderr, says)
  assert.is(stderr.match(/^apisix-mesh-agent: (?!warning: )/gm)?.length, 1, stderr)
  assert.not.match(stderr, /internal error|^ {4}at |node:internal|undefined/m)
  assert.is(stdout, '')
  assert.is(status, trouble)
}
