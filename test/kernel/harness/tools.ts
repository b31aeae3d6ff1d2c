import {
  chmodSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { workshop } from '../../workshop'

export type Backend = 'nft' | 'legacy'

export const BACKENDS: Backend[] = ['nft', 'legacy']

/** The names of the tools, those without a backend when none is given: `iptables-save`, `ip6tables-nft-restore`. */
const names = (backend?: Backend) =>
  ['iptables', 'ip6tables'].flatMap((family) =>
    ['', 'save', 'restore'].map((verb) => [family, backend, verb].filter(Boolean).join('-')),
  )

const NAMES = [names(), ...BACKENDS.map(names)].flat()

/** A set of iptables tools, as a PATH on which they come first. */
export interface Tools {
  backend: Backend
  folder: string
  path: string
}

const known = new Map<string, Tools>()

/**
 * The tools of both backends on a PATH, and one of the two under the names without one, as `update-alternatives` would set
 * them.
 */
export function toolsOf(backend: Backend, path = process.env.PATH ?? ''): Tools {
  const key = `${backend} ${path}`
  const tools = known.get(key) ?? install(backend, path)
  known.set(key, tools)
  return tools
}

function install(backend: Backend, path: string): Tools {
  const folder = workshop(backend)
  for (const name of names()) symlinkSync(multi(backend, path), join(folder, name))
  for (const each of BACKENDS) for (const name of names(each)) symlinkSync(multi(each, path), join(folder, name))
  return { backend, folder, path: `${folder}:${path}` }
}

/** The one binary behind all tools of a backend; it acts by the name that it is called by. */
function multi(backend: Backend, path = process.env.PATH ?? ''): string {
  const folders = [...path.split(':'), '/usr/sbin', '/sbin']
  const file = folders.map((folder) => join(folder, `iptables-${backend}`)).find(existsSync)
  if (!file) throw new Error(`no iptables-${backend} on PATH`)
  return realpathSync(file)
}

/**
 * The tools with lines of shell in place of some; in them `"$REAL" "$@"` is the tool itself, and `$TOOL` its name.
 *
 * They are links to one file that is named as the real one, so that who asks a link for its backend gets an answer.
 */
export function replaced(tools: Tools, lines: Record<string, string>): Tools {
  const folder = workshop('replaced')
  const file = join(folder, `xtables-${tools.backend}-multi`)
  const cases = Object.entries(lines).map(([name, line]) => `${name})\n${line}\n;;\n`)
  writeFileSync(file, `#!/bin/sh\nTOOL=\${0##*/}\nREAL=${tools.folder}/$TOOL\ncase $TOOL in\n${cases.join('')}esac\n`)
  chmodSync(file, 0o755)
  for (const name of Object.keys(lines)) symlinkSync(file, join(folder, name))
  return { ...tools, folder, path: `${folder}:${tools.path}` }
}

/** The tools and getent, and what was started of them since: one line a process, `iptables-save -t nat`. */
export function recorded(tools: Tools): Tools & { started(): string[] } {
  const log = join(workshop('recorded'), 'log')
  writeFileSync(log, '')
  const record = `echo "$TOOL $*" >> ${log}\n[ -e "$REAL" ] || exec env PATH="\${PATH#*:}" "$TOOL" "$@"\nexec "$REAL" "$@"`
  const lines = Object.fromEntries([...NAMES, 'getent'].map((name) => [name, record]))
  return { ...replaced(tools, lines), started: () => readFileSync(log, 'utf8').split('\n').filter(Boolean) }
}

/** The tools, of which the first that load a document wait for each other: so many have seen the same table by then. */
export function together(tools: Tools, writers: number): Tools {
  const writer = join(workshop('together'), 'writer')
  const wait = `while set -- ${writer}*; [ $# -lt ${writers} ]; do sleep 0.02; done`
  return replaced(tools, { 'iptables-restore': `: > ${writer}$$\n(${wait})\nexec "$REAL" "$@"` })
}

/** The tools, with somebody else who is faster: each document of ours that is loaded comes after the next one of theirs. */
export function outrun(tools: Tools, documents: string[]): Tools & { left(): string[] } {
  const folder = workshop('outrun')
  for (const [at, document] of documents.entries()) writeFileSync(join(folder, `${at}`), document)
  const load = `for file in ${folder}/*; do [ -e "$file" ] && { "$REAL" --noflush < "$file" || exit 9; rm "$file"; }; break; done`
  const restore = `${load}\nexec "$REAL" "$@"`
  return { ...replaced(tools, { 'iptables-restore': restore }), left: () => readdirSync(folder) }
}

/** Copies of the tools that name their backend, for where /usr/sbin is hidden. */
export function copied(...backends: Backend[]): Tools {
  const folder = workshop('copied')
  for (const backend of backends) {
    copyFileSync(multi(backend), join(folder, `xtables-${backend}-multi`))
    for (const name of names(backend)) symlinkSync(`xtables-${backend}-multi`, join(folder, name))
  }
  return { backend: backends[0] ?? 'nft', folder, path: `${folder}:${process.env.PATH}` }
}

/** What the tools of a backend say where the kernel lacks it. */
const LACKING: Record<Backend, string> = {
  nft: 'Failed to initialize nft: Protocol not supported',
  legacy: 'Cannot initialize: Table does not exist (do you need to insmod?)',
}

/** The tools as on a kernel that lacks some backends: those of these backends say so, and do nothing. */
export function lacking(tools: Tools, ...backends: Backend[]): Tools {
  const named = (backend: Backend) => [...names(backend), ...(tools.backend === backend ? names() : [])]
  const says = (backend: Backend) =>
    `case $1 in --version) exec "$REAL" "$@" ;; esac\necho "$TOOL: ${LACKING[backend]}" >&2; exit 1`
  const lines = backends.flatMap((backend) => named(backend).map((name) => [name, says(backend)]))
  return replaced(tools, Object.fromEntries(lines))
}
