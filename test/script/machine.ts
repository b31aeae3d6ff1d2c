import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import tmp from 'tmp'
import { find } from '../../src/system/find'
import { OBEDIENT, type Said, type Tools } from './stand-ins'

/** What the tools of a backend find: a table, as `iptables-save` prints it, or lines of shell that fail. */
export type Seen = { table: string; after?: string } | { fails: string }

export interface Machine {
  /** The backends whose tools are there by name. */
  nft?: Seen
  legacy?: Seen
  /** What `iptables` is: a link to the tools of a backend, or a script that starts them. */
  iptables?: 'nft' | 'legacy' | 'nft, by a script'
  /** Whether files show nf_tables, and the legacy nat table. */
  loaded?: boolean
  registered?: boolean
  /** The names of interfaces. */
  interfaces?: string[]
}

const fails = (words: string): Seen => ({ fails: `echo "${words}" >&2; exit 3` })
/** What the tools say of a kernel without their backend. */
export const NO_NFT = fails('iptables/1.8.9 Failed to initialize nft: Protocol not supported')
export const NO_NF_TABLES = fails(
  'iptables-save v1.8.7 (nf_tables): Could not fetch rule set generation id: Invalid argument',
)
export const NO_LEGACY = fails(
  'iptables-save v1.8.9 (legacy): Cannot initialize: Table does not exist (do you need to insmod?)',
)
export const FORBIDDEN = fails('iptables-save: Permission denied (you must be root)')

const VERSIONS = { nft: 'iptables v1.8.9 (nf_tables)', legacy: 'iptables v1.8.9 (legacy)' }

/** A machine of stand-ins: a script that is run on it sees no other tools, and no other kernel. */
export function machine({ iptables, loaded, registered, interfaces = [], ...backends }: Machine) {
  const { name: here } = tmp.dirSync({ unsafeCleanup: true })
  const path = (name: string) => join(here, name)
  for (const tool of ['awk', 'cat', 'sleep']) symlinkSync(find(tool, process.env.PATH) ?? tool, path(tool))
  for (const name of ['nft', 'legacy'] as const) {
    const seen = backends[name]
    if (!seen) continue
    mkdirSync(path(name))
    if ('table' in seen) {
      writeFileSync(path(`${name}/live`), seen.table)
      writeFileSync(path(`${name}/after`), seen.after ?? seen.table)
    }
    const lines: Tools = 'table' in seen ? OBEDIENT : { save: seen.fails, restore: seen.fails }
    const answer = `[ "$1" != --version ] || { echo "${VERSIONS[name]}"; exit; }`
    const log = `echo "${name} \${0##*-} $*" >>${path('log')}`
    // Tools of one backend are one file.
    writeFileSync(
      path(`multi-${name}`),
      `#!/bin/sh\nHERE=${path(name)}\n${log}\n${answer}\ncase $0 in *save)\n${lines.save}\nesac\n${lines.restore}\n`,
      { mode: 0o755 },
    )
    for (const verb of ['save', 'restore']) {
      symlinkSync(`multi-${name}`, path(`iptables-${name}-${verb}`))
      if (iptables === name) symlinkSync(`multi-${name}`, path(`iptables-${verb}`))
      if (iptables === 'nft, by a script' && name === 'nft')
        writeFileSync(path(`iptables-${verb}`), `#!/bin/sh\nexec ${path(`iptables-nft-${verb}`)} "$@"\n`, {
          mode: 0o755,
        })
    }
  }
  if (loaded) writeFileSync(path('nf_tables'), '')
  writeFileSync(path('names'), registered ? 'filter\nnat\n' : '')
  writeFileSync(path('dev'), `Inter-|   Receive\n face |bytes\n${interfaces.map((name) => `${name}: 0 0\n`).join('')}`)
  return {
    /** Runs a script; `started` are the tools of either backend that it started, in order. */
    run(shell: readonly string[], script: string, args: string[] = [], env = {}): Said & { started: string[] } {
      const text = script
        .replace('"$absolute/usr/sbin:/sbin"', here)
        .replace('/sys/module/nf_tables', path('nf_tables'))
        .replace('/proc/modules', here)
        .replace('/proc/net/ip_tables_names', path('names'))
        .replaceAll('/proc/net/dev', path('dev'))
      writeFileSync(path('script'), text)
      const [program = '', ...words] = [...shell, path('script'), ...args]
      const { status, stdout, stderr } = spawnSync(program, words, {
        env: { PATH: process.env.PATH, ...env },
        encoding: 'utf8',
      })
      const log = existsSync(path('log')) ? readFileSync(path('log'), 'utf8') : ''
      const started = log
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(' ').slice(0, 2).join(' '))
      return { status, stdout, stderr, started }
    },
  }
}
