import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import tmp from 'tmp'
import { find } from '../../src/system/find'
import type { Said } from '../script/stand-ins'

tmp.setGracefulCleanup()

/** A machine with a stand-in for nft: what it shows and does, in lines of shell, and what interfaces there are. */
export interface Machine {
  /** What `nft list chains` prints. */
  chains?: string
  /** In place of that, and of loading a file. */
  list?: string
  load?: string
  interfaces?: string[]
  /** Whether there is no nft at all. */
  isBare?: boolean
}

/** Runs a script on such a machine, which sees no other nft and no rule of this one; `loaded` is the file that nft was given. */
export async function runOn(
  { chains = '', list = 'cat "$HERE/chains"', load = 'cat >"$HERE/loaded"', interfaces = [], isBare }: Machine,
  [program = '', ...words]: readonly string[],
  script: string,
  args: string[] = [],
  { env = {}, signal }: { env?: NodeJS.ProcessEnv; signal?: NodeJS.Signals } = {},
): Promise<Said & { loaded: string }> {
  const { name: here } = tmp.dirSync({ unsafeCleanup: true })
  const path = (name: string) => join(here, name)
  const read = (name: string) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : '')
  for (const tool of ['cat', 'sleep']) symlinkSync(find(tool, process.env.PATH) ?? tool, path(tool))
  writeFileSync(path('chains'), chains)
  writeFileSync(path('dev'), `Inter-|   Receive\n face |bytes\n${interfaces.map((name) => `${name}: 0 0\n`).join('')}`)
  const lines = `case "$*" in\n'list chains')\n${list}\n;;\n'-f -')\n: >"$HERE/started"\n${load}\n;;\n*) exit 9 ;;\nesac\n`
  if (!isBare) writeFileSync(path('nft'), `#!/bin/sh\nHERE=${here}\n${lines}`, { mode: 0o755 })
  writeFileSync(
    path('script'),
    script.replace('"$absolute/usr/sbin:/sbin"', here).replaceAll('/proc/net/dev', path('dev')),
  )
  const child = spawn(program, [...words, path('script'), ...args], { env: { PATH: process.env.PATH, ...env } })
  const said = Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'exit')])
  if (signal) {
    while (!existsSync(path('started'))) await setTimeout(5)
    child.kill(signal)
  }
  const [stdout, stderr, [status]] = await said
  return { status, stdout, stderr, loaded: read('loaded') }
}
