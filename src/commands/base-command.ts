import { Command } from 'clipanion'
import type { Report } from '../interception/diagnostics'
import { type CommandName, optionsOf } from '../options/table'
import { clipanionOption, startReport } from './options'
import { type Context, describeError, type Session, sessionOf } from './session'

/** What every command extends, directly. Its options are those of the table; what it does is `run`. */
export abstract class BaseCommand extends Command<Context> {
  /** The exit status of a command that could not do its work, wrong options included. */
  static readonly trouble: number = 1

  constructor() {
    super()
    for (const option of optionsOf(this.command)) Reflect.set(this, option, clipanionOption(option))
  }

  private get command(): CommandName {
    const [[name] = []] = (this.constructor as typeof BaseCommand).paths ?? []
    return name as CommandName
  }

  /**
   * Does the work and gives the exit status.
   *
   * @param report has looked at every option that was given, and collects what else is wrong
   */
  protected abstract run(session: Session, report: Report): Promise<number>

  execute(): Promise<number> {
    const session = sessionOf(this.command, this.context, (name) => Reflect.get(this as object, name))
    return this.run(session, startReport(session))
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
}
