import type { BaseContext } from 'clipanion'
import { type Diagnostic, textOf } from '../diagnostics/diagnostic'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import { paintFor } from '../format/paint'
import type { OptionInput } from '../options/input'
import { isPlain, type PlainOption, parseOptions, type Values } from '../options/parse'
import { type CommandName, type OptionName, ROWS } from '../options/table'
import type { Getent, Run } from '../system/run'
import { printable } from '../system/text'
import { inputOf } from './options'

/** The effects of a command, besides files and the sockets of rollback guards. Tests put in their own. */
export interface Context extends BaseContext {
  env: NodeJS.ProcessEnv
  run: Run
  getent: Getent
  /** Bits of colour for stderr, as `colorDepth` for stdout. */
  errorColorDepth: number
}

export const NAME = 'apisix-mesh-agent'

/** What the steps of a command are given: its options, and its effects. */
export interface Session {
  command: CommandName
  context: Context
  /** What was given for an option by its flag; undefined when it was not given. */
  given(name: OptionName): string | boolean | string[] | undefined
  /** What was given for an option, by its flag or else in the environment, in words. */
  input(name: OptionName): OptionInput
  /** The options that need no lookup, as values. */
  options: Values<PlainOption>
  /** Prints a line for people on stderr: stdout carries the result and nothing else. */
  say(text: string): void
  /** Prints a note on stderr: a whole sentence, or a line to be copied. */
  note(text: string): void
  /** Prints one diagnostic on stderr. */
  print(diagnostic: Diagnostic): void
  /** Prints the errors, or else the warnings and notes; true when there is no error. */
  printDiagnostics(diagnostics: Diagnostics): boolean
}

const PLAIN_OPTIONS = ROWS.map(([name]) => name).filter(isPlain)

/** A session; what is wrong with options goes into `diagnostics`, whether the command has a use for them or not. */
export function sessionOf(
  command: CommandName,
  context: Context,
  given: Session['given'],
  diagnostics: Diagnostics,
): Session {
  const inputs = Object.fromEntries(
    ROWS.map(([name]) => [name, inputOf(name, { command, given: given(name), env: context.env }, diagnostics)]),
  ) as Record<OptionName, OptionInput>
  const input = (name: OptionName) => inputs[name]
  const say = (text: string) => context.stderr.write(`${NAME}: ${linesOf(text)}\n`)
  const line = (diagnostic: Diagnostic) => severityLine(context, diagnostic.severity, textOf(diagnostic))
  return {
    command,
    context,
    given,
    input,
    options: parseOptions(PLAIN_OPTIONS, input, { command }, diagnostics),
    say,
    note: (text) => context.stderr.write(severityLine(context, 'note', printable(text))),
    print: (diagnostic) => context.stderr.write(line(diagnostic)),
    printDiagnostics({ errors, warnings, notes, isCut }) {
      const shown = errors.length > 0 ? errors : [...warnings, ...notes]
      for (const each of new Set(shown.map(line))) context.stderr.write(each)
      if (isCut) context.stderr.write(line({ severity: 'note', problem: 'there may be more, which are not shown' }))
      return errors.length === 0
    },
  }
}

/** Prints diagnostics, each once, and knows whether there was an error. */
export interface Report {
  print(diagnostic: Diagnostic): void
  hasError(): boolean
}

/** The session with other words for some of its options. */
export function withInputs(session: Session, inputs: Map<OptionName, OptionInput>, diagnostics: Diagnostics): Session {
  const input = (name: OptionName) => inputs.get(name) ?? session.input(name)
  const changed = [...inputs.keys()].filter(isPlain)
  const options = parseOptions(changed, input, { command: session.command }, diagnostics)
  return { ...session, input, options: { ...session.options, ...options } }
}

export function reportTo(session: Session): Report {
  const said = new Set<string>()
  let hasError = false
  return {
    print(diagnostic) {
      const line = JSON.stringify(diagnostic)
      if (!said.has(line)) session.print(diagnostic)
      said.add(line)
      hasError ||= diagnostic.severity === 'error'
    },
    hasError: () => hasError,
  }
}

const STYLES = { error: 'red', warning: 'yellow', note: 'cyan' } as const

/** `apisix-mesh-agent: error: …`, the severity in colour where stderr shows it. */
export function severityLine(context: Context, severity: Diagnostic['severity'], text: string): string {
  const paint = paintFor({ colorDepth: context.errorColorDepth })
  return `${NAME}: ${paint[STYLES[severity]](`${severity}:`)} ${text}\n`
}

/**
 * A user's error with what became of the rules and the tool's own words below, and an error of the system by its own; anything
 * else is our mistake and shown with its trace.
 *
 * @param isChange whether the command changes rules
 */
export function describeError(error: unknown, isChange: boolean, context: Context): string {
  if (error instanceof UserError) {
    const words = linesOf((error.diagnostic.detail ?? '').trimEnd())
    const state = isChange && error.state !== undefined ? ` ${error.state}.` : ''
    return severityLine(context, 'error', `${textOf(error.diagnostic)}${state}`) + (words && `${words}\n`)
  }
  if (error instanceof Error && 'syscall' in error)
    return severityLine(context, 'error', `${printable(error.message)}.`)
  return `${NAME}: internal error, please report it\n${error instanceof Error ? error.stack : String(error)}\n`
}

/** The lines of a text, each printable. */
const linesOf = (text: string) => text.split('\n').map(printable).join('\n')
