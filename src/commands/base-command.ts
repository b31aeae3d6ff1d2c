import { Command } from 'clipanion'
import { Diagnostics } from '../diagnostics/diagnostics'
import { type CommandName, optionsOf } from '../options/table'
import { clipanionOption } from './options'
import { type Context, describeError, type Session, sessionOf } from './session'

/** The commands that change rules. */
const CHANGING: readonly CommandName[] = ['iptables', 'cleanup-iptables']

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
   * @param diagnostics those of every option that was given; it collects what else is found
   */
  protected abstract run(session: Session, diagnostics: Diagnostics): Promise<number>

  execute(): Promise<number> {
    const diagnostics = new Diagnostics()
    const given = (name: string) => Reflect.get(this as object, name)
    return this.run(sessionOf(this.command, this.context, given, diagnostics), diagnostics)
  }

  /** Clipanion would write errors to stdout, where a pipe would take them for rules. */
  override async validateAndExecute(): Promise<number> {
    try {
      return await super.validateAndExecute()
    } catch (error) {
      this.context.stderr.write(describeError(error, CHANGING.includes(this.command), this.context))
      return (this.constructor as typeof BaseCommand).trouble
    }
  }
}
