import type { BaseContext } from 'clipanion'
import { type Diagnostic, lineOf } from '../diagnostics/diagnostic'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import type { OptionInput } from '../options/input'
import type { CommandName, OptionName } from '../options/table'
import type { Getent, Run } from '../system/run'
import { printable } from '../system/text'
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
  /** Prints one diagnostic on stderr. */
  print(diagnostic: Diagnostic): void
  /** Prints the errors, or else the warnings and notes; true when there is no error. */
  printDiagnostics(diagnostics: Diagnostics): boolean
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
    print: (diagnostic) => say(lineOf(diagnostic)),
    printDiagnostics({ errors, warnings, notes, isCut }) {
      const shown = errors.length > 0 ? errors : [...warnings, ...notes]
      for (const line of new Set(shown.map(lineOf))) say(line)
      if (isCut) say('note: there may be more, which are not shown.')
      return errors.length === 0
    },
  }
}

/**
 * A user's error with what became of the rules and the tool's own words below, and an error of the system by its own; anything
 * else is our mistake and shown with its trace.
 *
 * @param isChange whether the command changes rules
 */
export function describeError(error: unknown, isChange: boolean): string {
  if (error instanceof UserError) {
    const words = linesOf((error.diagnostic.detail ?? '').trimEnd())
    const state = isChange && error.state !== undefined ? ` ${error.state}.` : ''
    return `${NAME}: ${lineOf(error.diagnostic)}${state}\n${words && `${words}\n`}`
  }
  if (error instanceof Error && 'syscall' in error) return `${NAME}: error: ${printable(error.message)}.\n`
  return `${NAME}: internal error, please report it\n${error instanceof Error ? error.stack : String(error)}\n`
}

/** The lines of a text, each printable. */
const linesOf = (text: string) => text.split('\n').map(printable).join('\n')
