import { Option } from 'clipanion'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { suggestion } from '../diagnostics/suggestion'
import { flagOf, given, isServiceLink, type OptionInput, PREFIX, variableOf } from '../options/input'
import { type CommandName, choicesOf, OPTIONS, type OptionName, ROWS, type Row } from '../options/table'
import { quote } from '../system/text'

/** An option of the table as Clipanion takes it: `--flag VALUE`, repeated or not; of a boolean `--flag`, `--flag=false`, `--no-flag`. */
export function clipanionOption(name: OptionName) {
  const { kind, short }: Row = OPTIONS[name]
  const flag = flagOf(name)
  if (kind === 'boolean') return Option.String(flag, { tolerateBoolean: true })
  return Option.Array(short ? `${short},${flag}` : flag)
}

/**
 * What was given for an option of a command, by its flag or else in the environment, which all commands share: a word there that
 * only other commands take for this choice is a note.
 */
export function inputOf(
  name: OptionName,
  { command, given: from, env }: { command: CommandName; given: unknown; env: NodeJS.ProcessEnv },
  diagnostics: Diagnostics,
): OptionInput {
  const flag = flagOf(name)
  if (!OPTIONS[name].commands.some((each) => each === command)) return { name: flag, values: [] }
  const input = given(flag, from === undefined ? undefined : [from].flat().map(String), env)
  if (!isOfOtherCommand(name, input, command)) return input
  diagnostics.note(`${input.name}: ${quote(input.values.join(' '))} is for other commands, and is ignored`)
  return { name: flag, values: [] }
}

function isOfOtherCommand(name: OptionName, { name: source, values }: OptionInput, command: CommandName): boolean {
  if (!source.startsWith(PREFIX) || OPTIONS[name].kind !== 'choice') return false
  const isTaken = (by: CommandName) => values.every((value) => choicesOf(name, by).includes(value))
  return !isTaken(command) && OPTIONS[name].commands.some(isTaken)
}

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
