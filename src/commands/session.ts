import type { BaseContext } from 'clipanion'
import type { Report } from '../interception/diagnostics'
import type { OptionInput } from '../options/input'
import type { CommandName, OptionName } from '../options/table'
import type { Getent, Run } from '../system/run'
import { printable, quote } from '../system/text'
import { UserError } from '../system/user-error'
import { isOfOtherCommand, optionOf } from './options'

/** The effects of a command, besides files and the sockets of rollback guards. Tests put in their own. */
export interface Context extends BaseContext {
  env: NodeJS.ProcessEnv
  run: Run
  getent: Getent
}

export const NAME = 'apisix-mesh-agent'

/** What the steps of a command are given: its options, and its effects. */
export interface Session {
  command: CommandName
  context: Context
  /** What was given for an option by its flag; undefined when it was not given. */
  given(name: OptionName): string | boolean | string[] | undefined
  /** What was given for an option, by its flag or else in the environment. */
  option(name: OptionName): OptionInput
  /** Prints a line for people on stderr: stdout carries the result and nothing else. */
  say(text: string): void
  /** Prints what was found wrong or doubtful; true when nothing stands in the way. */
  printDiagnostics(report: Report): boolean
}

export function sessionOf(command: CommandName, context: Context, given: Session['given']): Session {
  const say = (text: string) => context.stderr.write(`${NAME}: ${linesOf(text)}\n`)
  return {
    command,
    context,
    given,
    option(name) {
      const found = optionOf(name, given(name), context.env)
      return isOfOtherCommand(name, found, command) ? { name: found.name, values: [] } : found
    },
    say,
    printDiagnostics({ faults, warnings, notes, isCut }) {
      const doubts = [
        ...warnings.map(({ text, name }) => `warning: ${text} [${name}]`),
        ...notes.map((text) => `note: ${text}`),
      ]
      const errors = faults.map(({ option, value, problem }) => `${option}: ${quote(value)} ${problem}`)
      for (const each of new Set(errors.length > 0 ? errors : doubts)) say(printable(each))
      if (isCut) say('there may be more, which are not said')
      return errors.length === 0
    },
  }
}

/**
 * A user's error in a sentence with the tool's own words below, and an error of the system by its own; anything else is our
 * mistake and shown with its trace.
 */
export function describeError(error: unknown): string {
  if (error instanceof UserError) {
    const words = linesOf(error.detail.trimEnd())
    return `${NAME}: ${printable(error.message)}\n${words && `${words}\n`}`
  }
  if (error instanceof Error && 'syscall' in error) return `${NAME}: ${printable(error.message)}\n`
  return `${NAME}: internal error, please report it\n${error instanceof Error ? error.stack : String(error)}\n`
}

/** The lines of a text, each printable. */
const linesOf = (text: string) => text.split('\n').map(printable).join('\n')
