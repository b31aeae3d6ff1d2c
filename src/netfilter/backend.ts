import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UserError } from '../diagnostics/user-error'
import type { Family } from '../ruleset/families'
import { find } from '../system/find'
import { failureOf } from './failure'
import type { Namespace } from './namespace'

export const BACKENDS = ['nft', 'legacy'] as const
export type BackendName = (typeof BACKENDS)[number]

/** The pair of tools that reads and writes the nat table of one backend and family. */
export interface Backend {
  name: BackendName
  family: Family
  save: string
  restore: string
}

/** The tool of a family, less -save and -restore. */
export const TOOL = { ipv4: 'iptables', ipv6: 'ip6tables' } as const

/** The command that changes single rules of a table, as somebody types it: `iptables`, `ip6tables-legacy`. */
export const commandOf = ({ restore }: Backend) => basename(restore).replace(/-restore.*$/, '')

/** A tool that is not there. */
export class MissingTool extends UserError {}

const VERBS = ['save', 'restore'] as const

/** The tools of a backend, by their names on a PATH. Throws a UserError when one is missing. */
export function backendNamed(name: BackendName, family: Family, path: string | undefined): Backend {
  const [save, restore] = VERBS.map((verb) => required(`${TOOL[family]}-${name}-${verb}`, path))
  return { name, family, save, restore } as Backend
}

const OF_A_FAMILY = /^ip6?tables/

/** The tool that somebody named, or its sister for the other family, and the `-save` beside it. */
export async function backendAt(named: string, family: Family, { run }: Namespace): Promise<Backend> {
  const name = basename(named)
  if (family === 'ipv6' && !OF_A_FAMILY.test(name))
    throw new UserError(`the name of the IPv6 tool cannot be derived from ${named}`, {
      remedy: 'Use a tool whose name starts with iptables or ip6tables, or --ip-family ipv4',
    })
  const restore = join(dirname(named), name.replace(OF_A_FAMILY, TOOL[family]))
  const save = join(dirname(restore), basename(restore).replace(/restore/, 'save'))
  for (const tool of [save, restore]) if (!existsSync(tool)) throw new MissingTool(`there is no ${tool}`)
  return { name: await nameOf(restore, run), family, save, restore }
}

/** The backends whose tools are on a PATH. */
export interface Choice {
  /** The one that `iptables-restore` is. */
  main: Backend
  other: Backend | undefined
  /** Why `main` is another one than that. */
  because?: string
}

/**
 * The backend that `iptables-restore` on a PATH is, and the other one. Where the tools are not there by that name, those that name
 * their backend take their place. Throws a UserError when there are none.
 */
export async function backendsOnPath(path: string | undefined, family: Family, namespace: Namespace): Promise<Choice> {
  const isThere = (name: BackendName) => VERBS.every((verb) => find(`${TOOL[family]}-${name}-${verb}`, path))
  const named = BACKENDS.filter(isThere).map((name) => backendNamed(name, family, path))
  try {
    const main = await backendOnPath(path, family, namespace)
    return { main, other: named.find(({ name }) => name !== main.name) }
  } catch (error) {
    const canServe = await Promise.all(named.map((backend) => canHold(backend, namespace)))
    const main = named[Math.max(0, canServe.indexOf(true))]
    if (!(error instanceof MissingTool) || !main) throw error
    return { main, other: named.find((each) => each !== main), because: error.diagnostic.problem }
  }
}

async function backendOnPath(path: string | undefined, family: Family, { run }: Namespace): Promise<Backend> {
  const tools = VERBS.map((verb) => required(`${TOOL[family]}-${verb}`, path))
  const [save, restore] = tools as [string, string]
  return { name: await nameOf(restore, run), family, save, restore }
}

/** Whether a backend can hold anything, as far as files tell: asking its tools would register it (facts 15). */
export async function canHold({ name, family }: Backend, { procNet }: Namespace): Promise<boolean> {
  return name === 'nft' ? isNftLoaded() : (await tablesOf(family, { procNet })).includes('nat')
}

/** The tables of legacy that somebody has registered. */
export async function tablesOf(family: Family, { procNet }: Pick<Namespace, 'procNet'>): Promise<string[]> {
  return (await procNet(NAMES[family])).split('\n').filter(Boolean)
}

const NAMES = { ipv4: 'ip_tables_names', ipv6: 'ip6_tables_names' } as const

function required(tool: string, path: string | undefined): string {
  const found = find(tool, path)
  if (!found)
    throw new MissingTool(`${tool} is not on PATH, in /usr/sbin or in /sbin`, {
      remedy: 'Install the package iptables',
    })
  return found
}

/** By what the tool's links end in, as in `xtables-nft-multi`; only when that tells nothing by its `--version`. */
async function nameOf(tool: string, run: Namespace['run']): Promise<BackendName> {
  const [, name] = /-(nft|legacy)\b/.exec(basename(realpathSync(tool))) ?? []
  if (name) return name as BackendName
  const ended = await run(tool, ['--version'])
  if (ended.status !== 0) throw failureOf(tool, ended)
  return ended.stdout.includes('nf_tables') ? 'nft' : 'legacy'
}

/**
 * Whether an nft table may redirect, by the text of `/proc/modules`; empty for a kernel without it. A module counts those who use
 * it in its third field, and nft_redir is one wherever nf_tables is. Rules of iptables-nft redirect by xt_REDIRECT.
 */
export function mayRedirect(modules: string): boolean {
  if (!/^nf_tables /m.test(modules)) return true
  return /^nft_redir \d+ [1-9]/m.test(modules)
}

/** A kernel without loadable modules has it built in, or not at all, in which case reading it does no harm. */
export function isNftLoaded(): boolean {
  if (existsSync('/sys/module/nf_tables')) return true
  return existsSync('/proc/modules') ? /^nf_tables /m.test(readFileSync('/proc/modules', 'utf8')) : true
}
