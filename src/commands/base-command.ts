import { type BaseContext, Command } from 'clipanion'
import { Report } from '../interception/diagnostics'
import type { OptionInput } from '../options/input'
import { type CommandName, type OptionName, optionsOf } from '../options/table'
import type { Getent, Run } from '../system/run'
import { printable, quote } from '../system/text'
import { UserError } from '../system/user-error'
import { clipanionOption, isOfOtherCommand, optionOf, reportInvalid } from './options'

/** The effects of a command, besides files and the sockets of rollback guards. Tests put in their own. */
export interface Context extends BaseContext {
  env: NodeJS.ProcessEnv
  run: Run
  getent: Getent
}

export const NAME = 'apisix-mesh-agent'

/** A command of ours: stdout carries its result and nothing else, everything for people goes to stderr. */
export abstract class BaseCommand extends Command<Context> {
  /** The exit status of a command that could not do its work, faulty options included. */
  static readonly trouble: number = 1

  constructor() {
    super()
    for (const option of optionsOf(this.command)) Reflect.set(this, option, clipanionOption(option))
  }

  private get command(): CommandName {
    const [[name] = []] = (this.constructor as typeof BaseCommand).paths ?? []
    return name as CommandName
  }

  /** What was given for an option, by its flag or else in the environment. */
  protected option(name: OptionName): OptionInput {
    const found = optionOf(name, this.given(name), this.context.env)
    return isOfOtherCommand(name, found, this.command) ? { name: found.name, values: [] } : found
  }

  /** A report that has looked at every option that was given. */
  protected startReport(): Report {
    const report = new Report()
    for (const name of optionsOf(this.command)) {
      const found = optionOf(name, this.given(name), this.context.env)
      if (isOfOtherCommand(name, found, this.command))
        report.notes.push(`${found.name}: ${quote(found.values.join(' '))} is for other commands, and not used here`)
      else reportInvalid(name, found, this.command, report)
    }
    return report
  }

  /** What was given for an option by its flag; undefined when it was not given. */
  protected given(option: OptionName): string | boolean | string[] | undefined {
    return Reflect.get(this as object, option)
  }

  /** Clipanion would write errors to stdout, where a pipe would take them for rules. */
  override async validateAndExecute(): Promise<number> {
    try {
      return await super.validateAndExecute()
    } catch (error) {
      this.context.stderr.write(describeError(error))
      return (this.constructor as typeof BaseCommand).trouble
    }
  }

  protected say(text: string): void {
    this.context.stderr.write(`${NAME}: ${linesOf(text)}\n`)
  }

  /** Says what was found wrong or doubtful; true when nothing stands in the way. */
  protected printDiagnostics({ faults, warnings, notes, isCut }: Report): boolean {
    const doubts = [
      ...warnings.map(({ text, name }) => `warning: ${text} [${name}]`),
      ...notes.map((text) => `note: ${text}`),
    ]
    const found =
      faults.length > 0 ? faults.map(({ option, value, problem }) => `${option}: ${quote(value)} ${problem}`) : doubts
    for (const each of new Set(found)) this.say(printable(each))
    if (isCut) this.say('there may be more, which are not said')
    return faults.length === 0
  }
}

/**
 * A Refusal in a sentence with the tool's own words below, and an error of the system by its own; anything else is a fault of
 * ours and shown with its trace.
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
