import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tmp from 'tmp'
import { find } from '../../src/system/find'

tmp.setGracefulCleanup()

/** What a script said, and how it ended. */
export interface Said {
  status: number | null
  stdout: string
  stderr: string
}

/** Lines of shell in place of the tools; `$HERE` is a folder for what they keep. */
export interface Tools {
  save: string
  restore: string
}

/** Shows the table `live`, and once a document was sent, which is kept in `sent`, the table `after`. */
export const OBEDIENT: Tools = {
  save: 'if [ -e "$HERE/sent" ]; then exec cat "$HERE/after"; else exec cat "$HERE/live"; fi',
  restore: 'exec cat >"$HERE/sent"',
}

/** Keeps the document, and ends the script by words that say that trying again is of no use. */
export const UNWILLING: Tools = {
  save: 'exec cat "$HERE/live"',
  restore: 'cat >"$HERE/sent"; echo "Permission denied (you must be root)" >&2; exit 4',
}

/**
 * Stand-ins for the tools, and a way to run scripts with them: no rule of this machine is read or written.
 *
 * @param ipv6 what stands in for ip6tables, which keeps its files in the folder `ipv6`; null for none
 */
export function standIns(tools: Tools, awk = 'awk', ipv6: Tools | null = tools) {
  const { name: here } = tmp.dirSync({ unsafeCleanup: true })
  const path = (name: string) => join(here, name)
  mkdirSync(path('ipv6'))
  for (const [name, folder, logged, lines] of [
    ['iptables', here, '', tools],
    ['ip6tables', path('ipv6'), 'ipv6 ', ipv6],
  ] as const)
    for (const tool of ['save', 'restore'] as const)
      if (lines)
        writeFileSync(
          path(`${name}-${tool}`),
          `#!/bin/sh\nHERE=${folder}\necho "${logged}${tool} $*" >>"${path('log')}"\n${lines[tool]}\n`,
          { mode: 0o755 },
        )
  symlinkSync(find(awk, process.env.PATH) ?? awk, path('awk'))
  const environment = { PATH: `${here}:${process.env.PATH}`, IPTABLES: path('iptables') }
  const read = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '')
  return {
    here,
    environment,
    put: (name: string, text: string) => writeFileSync(path(name), text),
    /** Forgets what was sent and started. */
    forget: () => ['sent', 'log', 'ipv6/sent', 'ipv6/undone'].map((name) => rmSync(path(name), { force: true })),
    /** The document that the script sent; empty when it sent none. */
    sent: (file = 'sent') => read(file),
    /** The tools that were started, with their arguments; those of ip6tables with `ipv6` in front. */
    started: () => read('log').split('\n').filter(Boolean),
    run(shell: readonly string[], script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}): Said {
      writeFileSync(path('script'), script)
      const [program = '', ...words] = [...shell, path('script'), ...args]
      const { status, stdout, stderr } = spawnSync(program, words, {
        env: { ...environment, ...env },
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      })
      return { status, stdout, stderr }
    },
  }
}
