import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import type { Interception } from '../interception/interception'
import { TOOL } from '../netfilter/backend'
import type { Access } from '../netfilter/tables'
import { flagOf, written } from '../options/input'
import type { Given } from '../options/parse'
import { carriesScript, FORMAT_NAMES, type Form, type Format, type Made, runsElsewhere } from '../render/formats'
import { renderRules, wantedRules } from '../render/render'
import { SCRIPT_DEFAULTS } from '../render/script-defaults'
import { shellPath } from '../render/shell'
import { renderUserTemplate } from '../render/user-template'
import { type Families, familiesOf } from '../ruleset/families'
import { unwritable } from '../system/file'
import { MAX_TEXT_BYTES, readText } from '../system/read'
import { oneOf, printable, quote, reasonOf } from '../system/text'
import { writeWhole } from '../system/write-whole'
import { commandLine, sourcesOf } from './model'
import type { Session } from './session'

/** Where a command's result goes: printed, written into a file, or applied; and how it looks. */
export interface Output {
  to: 'stdout' | 'live' | { path: string }
  format: Format
  /** The path of the user's own template, which takes the place of a format. */
  template: string | undefined
  /** The path of the saved table that stands for the live one. */
  from: string | undefined
}

/** Options that a script holds, and those that are about the machine that this program runs on. */
const BAKED = ['backend', 'wait', 'timeout', 'allowNode', 'nativeNftables'] as const
const BAKED_FOR_NFT = ['allowNode', 'nativeNftables'] as const
const HERE_ONLY = ['netns', 'pid', 'iptablesRestore'] as const

/** Only the document for iptables-restore can be applied: every other format is printed without being asked. */
export function readOutput({ options }: Session, diagnostics: Diagnostics): Output {
  const { name, value: path } = options.output
  const [from, template, isDry] = [options.from.value, options.template.value, options.dryRun.value]
  // The words of the two commands that print are formats.
  const format = options.format.value as Format
  const isShaped = format !== 'restore' || template !== undefined

  if (template !== undefined && format !== 'restore')
    diagnostics.error(options.template.name, template, `cannot be combined with --format ${format}`)
  if (from !== undefined && isShaped)
    diagnostics.error(
      options.from.name,
      from,
      'gives a document for iptables-restore',
      'Remove --format and --template',
    )
  if (path !== undefined && isDry)
    diagnostics.error(name, path, 'cannot be combined with --dry-run, which prints to stdout')
  const problem = path === undefined ? undefined : unwritable(path)
  if (path !== undefined && problem) diagnostics.error(name, path, problem)
  const isPrinted = isDry || isShaped || from !== undefined
  return { to: path !== undefined ? { path } : isPrinted ? 'stdout' : 'live', format, template, from }
}

/**
 * The command line that makes a text again, and what a script has to know of how tables are reached: it takes the place of
 * this program. Options about this machine are refused with it; in the environment, which all commands share, they are a note.
 */
export function readScript(
  session: Session,
  { format, to }: Output,
  { backend }: Access,
  interception: Interception | undefined,
  diagnostics: Diagnostics,
): Pick<Made, 'command' | 'sources' | 'defaults' | 'nativeNftables'> {
  const command = interception ? commandLine(session, interception) : [session.command]
  const sources = sourcesOf(session)
  const nativeNftables = readNativeNftables(session, format, diagnostics)
  if (to === 'live' || !runsElsewhere(format)) return { command, sources, defaults: SCRIPT_DEFAULTS }
  const baked = format === 'nft' ? [] : nativeNftables ? BAKED_FOR_NFT : BAKED
  const [what, where] = nativeNftables
    ? ['--native-nftables', 'uses nft instead of iptables']
    : [`--format ${format}`, format === 'nft' ? 'is loaded with nft -f' : 'runs elsewhere']
  for (const option of [...HERE_ONLY, ...BAKED].filter((name) => !baked.some((each) => each === name))) {
    const { name: source, values } = session.input(option)
    if (values.length === 0) continue
    if (source.startsWith('--'))
      diagnostics.error(source, values.join(), `does not apply to ${what}, which ${where}`, `Remove ${source}`)
    else diagnostics.note(`${source} is ignored: ${what} ${where}`)
  }
  if (format === 'nft') return { command, sources, defaults: SCRIPT_DEFAULTS }
  const held = baked.flatMap((name) => session.input(name).values.flatMap((value) => written(flagOf(name), value)))
  const defaults = {
    tools: backend === 'auto' ? SCRIPT_DEFAULTS.tools : `iptables-${backend}`,
    wait: session.options.wait.value,
    timeout: session.options.timeout.value,
    allowNode: session.options.allowNode.value,
  }
  return { command: [...command, ...held], sources, defaults, nativeNftables }
}

/** Whether nft takes the place of iptables. What is no script refuses that; the environment may hold it all the same. */
function readNativeNftables({ options }: Session, format: Format, diagnostics: Diagnostics): boolean {
  const { name, value: isOn } = options.nativeNftables
  if (carriesScript(format)) return isOn
  if (isOn && name.startsWith('--'))
    diagnostics.error(
      name,
      'true',
      `applies to --format ${oneOf(FORMAT_NAMES.filter(carriesScript))} only`,
      'Use --format nft for the table alone, which nft -f loads',
    )
  return false
}

/** The user's template, over the interception and the lines of its rules. */
export async function renderTemplate(path: string, interception: Interception): Promise<string> {
  try {
    return renderUserTemplate(await readText(path, MAX_TEXT_BYTES), {
      ...interception,
      lines: renderRules(wantedRules(interception)),
    })
  } catch (error) {
    throw new UserError(`--template: ${quote(path)} cannot be used: ${reasonOf(error)}`)
  }
}

/** Prints a text, or writes it to the file as a whole; a script can be run, and a document loaded in its families. */
export function deliver(session: Session, result: string, { to, format, template }: Output, families?: Families): void {
  if (typeof to === 'string') {
    session.context.stdout.write(result)
    return
  }
  try {
    writeWhole(to.path, result, format === 'script' ? 0o777 : 0o666)
  } catch (error) {
    throw new UserError(`--output: ${quote(to.path)} was not written: ${reasonOf(error).replace(/, \w+ '.*/, '')}`)
  }
  const path = printable(to.path)
  const isDocument = template === undefined && format === 'restore'
  const loaded = isDocument && families ? familiesOf(families) : []
  const loads = loaded.map((family) => `${TOOL[family]}-restore --noflush ${shellPath(to.path)}`)
  const load = format === 'nft' ? `. To load it: nft -f ${shellPath(to.path)}` : ''
  session.say(`wrote ${path}${loads.length > 0 ? `. To load it, once: ${loads.join(' && ')}` : load}`)
}

/** The value of an option that some formats need and no other takes; the environment may hold it all the same. */
export function readFor(
  { format }: Output,
  formats: readonly Format[],
  { name, value }: Given<string | undefined>,
  form: Form,
  diagnostics: Diagnostics,
): string {
  const isFlag = name.startsWith('--') && value !== undefined
  const isNeeded = formats.includes(format)
  if (!isNeeded && isFlag) diagnostics.error(name, value, `applies to --format ${oneOf(formats)} only`)
  if (isNeeded && value === undefined)
    diagnostics.error('--format', format, `needs ${name}`, `Use ${name} ${form.example}`)
  else if (isNeeded && !form.pattern.test(value ?? ''))
    diagnostics.error(name, value ?? '', form.problem, `Use one as in ${form.example}`)
  return value ?? ''
}
