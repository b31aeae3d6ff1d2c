import { Option } from 'clipanion'
import { Diagnostics } from '../diagnostics/diagnostics'
import { suggestion } from '../diagnostics/suggestion'
import { choice, flag, readDuration, single } from '../interception/values'
import { flagOf, given, isServiceLink, type OptionInput, PREFIX, variableOf } from '../options/input'
import { type CommandName, choicesOf, OPTIONS, type OptionName, optionsOf, ROWS, type Row } from '../options/table'
import { quote } from '../system/text'
import type { Session } from './session'

/** An option of the table as Clipanion takes it: `--flag VALUE`, repeated or not; of a boolean `--flag`, `--flag=false`, `--no-flag`. */
export function clipanionOption(name: OptionName) {
  const { kind, short }: Row = OPTIONS[name]
  const flag = flagOf(name)
  if (kind === 'boolean') return Option.String(flag, { tolerateBoolean: true })
  return Option.Array(short ? `${short},${flag}` : flag)
}

/** What was given for an option, by its flag or else in the environment, which all commands share. */
export function optionOf(name: OptionName, from: unknown, env: NodeJS.ProcessEnv): OptionInput {
  const values = from === undefined ? undefined : Array.isArray(from) ? from : [String(from)]
  return given(flagOf(name), values, env)
}

/** Whether a variable holds a word that only other commands take for this choice. */
export function isOfOtherCommand(
  name: OptionName,
  { name: source, values }: OptionInput,
  command: CommandName,
): boolean {
  if (!source.startsWith(PREFIX) || OPTIONS[name].kind !== 'choice') return false
  const isTaken = (by: CommandName) => values.every((value) => choicesOf(name, by).includes(value))
  return !isTaken(command) && OPTIONS[name].commands.some(isTaken)
}

/** Refuses a value that is none of its kind, whether the command has a use for it or not: a typing error never goes unseen. */
function reportInvalid(name: OptionName, given: OptionInput, command: CommandName, diagnostics: Diagnostics): void {
  const { kind } = OPTIONS[name]
  if (given.values.length === 0 || LISTS.has(kind)) return
  const words = choicesOf(name, command)
  if (kind === 'boolean') flag(given, diagnostics)
  else if (kind === 'choice') choice(given, words, words[0] as string, diagnostics)
  else if (kind === 'duration') readDuration(given, 0, diagnostics)
  else single(given, diagnostics)
}

/** The diagnostics of every option that was given. */
export function startDiagnostics({ command, context, given }: Session): Diagnostics {
  const diagnostics = new Diagnostics()
  for (const name of optionsOf(command)) {
    const found = optionOf(name, given(name), context.env)
    if (isOfOtherCommand(name, found, command))
      diagnostics.note(`${found.name}: ${quote(found.values.join(' '))} is for other commands, and is ignored`)
    else reportInvalid(name, found, command, diagnostics)
  }
  return diagnostics
}

/** Kinds that may be given more than once, and add up. */
const LISTS = new Set<string>(['groups', 'interfaces', 'names', 'networks', 'ports', 'user-ports', 'users'])

/**
 * Warns of variables with our prefix that are no option's, but close to one. Kubernetes makes others, for a Service of our name.
 */
export function reportVariables(env: NodeJS.ProcessEnv, diagnostics: Diagnostics): void {
  const strange = Object.keys(env).filter((name) => name.startsWith(PREFIX) && !isServiceLink(name, env[name] ?? ''))
  if (strange.length === 0) return
  const names = ROWS.map(([name]) => variableOf(flagOf(name)))
  for (const name of strange.filter((each) => !names.includes(each))) {
    const meant = suggestion(
      name.slice(PREFIX.length),
      names.map((each) => each.slice(PREFIX.length)),
    )
    if (meant !== '')
      diagnostics.warn('unknown-variable', `${name} is not the variable of an option, and is ignored${meant}`)
  }
}
