import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { find } from '../system/find'
import { Refusal } from '../system/refusal'
import type { Namespace } from './namespace'

export const BACKENDS = ['nft', 'legacy'] as const
export type BackendName = (typeof BACKENDS)[number]

/** The pair of tools that reads and writes the nat table of one backend. */
export interface Backend {
  name: BackendName
  save: string
  restore: string
}

/** The tools of a backend, by their names on a PATH. Throws a Refusal when one is missing. */
export function backendNamed(name: BackendName, path: string | undefined): Backend {
  const [save, restore] = ['save', 'restore'].map((verb) => required(`iptables-${name}-${verb}`, path))
  return { name, save, restore } as Backend
}

/** The tool that somebody named, and the `-save` beside it. */
export async function backendAt(restore: string, { run }: Namespace): Promise<Backend> {
  const save = join(dirname(restore), basename(restore).replace(/restore/, 'save'))
  for (const tool of [save, restore]) if (!existsSync(tool)) throw new Refusal(`there is no ${tool}`)
  return { name: await nameOf(restore, run), save, restore }
}

/** The backend that `iptables-restore` on a PATH is. Throws a Refusal when there is none. */
export async function backendOnPath(path: string | undefined, { run }: Namespace): Promise<Backend> {
  const [save, restore] = ['iptables-save', 'iptables-restore'].map((tool) => required(tool, path)) as [string, string]
  return { name: await nameOf(restore, run), save, restore }
}

/**
 * The other backend, if it can hold anything and its tools are there.
 *
 * Asking a backend registers it (facts 15), so the kernel is asked instead, by files.
 */
export async function otherBackend(
  { name }: Backend,
  path: string | undefined,
  { procNet }: Namespace,
): Promise<Backend | undefined> {
  const other = name === 'nft' ? 'legacy' : 'nft'
  const canHold = other === 'nft' ? isNftLoaded() : (await procNet('ip_tables_names')).split('\n').includes('nat')
  return canHold && find(`iptables-${other}-save`, path) ? backendNamed(other, path) : undefined
}

function required(tool: string, path: string | undefined): string {
  const found = find(tool, path)
  if (!found) throw new Refusal(`there is no ${tool} on PATH, in /usr/sbin or in /sbin: install the package iptables`)
  return found
}

/** By what the tool's links end in, as in `xtables-nft-multi`; only when that tells nothing by its `--version`. */
async function nameOf(tool: string, run: Namespace['run']): Promise<BackendName> {
  const [, name] = /-(nft|legacy)\b/.exec(basename(realpathSync(tool))) ?? []
  if (name) return name as BackendName
  const { stdout } = await run(tool, ['--version'])
  return stdout.includes('nf_tables') ? 'nft' : 'legacy'
}

/** A kernel without loadable modules has it built in, or not at all, in which case reading it does no harm. */
function isNftLoaded(): boolean {
  if (existsSync('/sys/module/nf_tables')) return true
  return existsSync('/proc/modules') ? /^nf_tables /m.test(readFileSync('/proc/modules', 'utf8')) : true
}
