import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workshop } from '../../workshop'
import type { CheckingAgent } from './agent'

const made = new Map<string, string>()

/** The script for some options, made once for all tests, as it would be for an image, from where every user may read it. */
function scriptFor(options: string[]): string {
  const key = options.join('\n')
  const known = made.get(key)
  if (known) return known
  const command = ['dist/cli.cjs', 'iptables', ...options, '--format', 'script']
  const file = join(workshop('script'), 'script')
  writeFileSync(file, execFileSync(process.execPath, command, { stdio: ['ignore', 'pipe', 'ignore'] }))
  made.set(key, file)
  return file
}

/** The generated script in one shell. */
const inShell = (name: string, ...shell: string[]): CheckingAgent => ({
  name: `script in ${name}`,
  apply: (at, options, how) => at.run([...shell, scriptFor(options)], how),
  clean: (at, options = [], how) =>
    at.run([...shell, scriptFor(['--apisix-user', '501:20', ...options]), '--clean'], how),
  check: (at, options, how) => at.run([...shell, scriptFor(options), '--check'], how),
})

/** In every shell that is there; with CI=true all of them have to be. */
export const scripts: CheckingAgent[] = [
  inShell('dash', 'dash'),
  inShell('busybox ash', 'busybox', 'ash'),
  inShell('bash', 'bash'),
].filter(({ name }) => process.env.CI === 'true' || isThere(name))

function isThere(name: string): boolean {
  const program = name.split(' ').at(2) ?? ''
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}
