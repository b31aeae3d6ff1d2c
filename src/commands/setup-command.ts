import type { Report } from '../interception/diagnostics'
import type { Interception } from '../interception/interception'
import { trimmed } from '../interception/lists'
import { INTERCEPTION_OPTIONS, type Options } from '../interception/options'
import type { Accounts } from '../interception/owner'
import { readInterception } from '../interception/read'
import { flag, single } from '../interception/values'
import { flagOf, written } from '../options/input'
import { OPTIONS, type OptionName } from '../options/table'
import { accountsOf } from '../system/accounts'
import { saveMemory } from '../system/memory'
import { MAX_TEXT_BYTES, readText } from '../system/read'
import { BaseCommand } from './base-command'

const SETUP = INTERCEPTION_OPTIONS

/** The options that say what is intercepted. */
export abstract class SetupCommand extends BaseCommand {
  /** What the options want intercepted, as a model. */
  protected async readInterception(report: Report): Promise<Interception> {
    const files = await this.readFiles()
    const readText = (path: string) => {
      const text = files.get(path)
      if (typeof text === 'string') return text
      throw text ?? new Error('it was not read')
    }
    const lookup = { accounts: this.accounts(report), readText }
    const given = Object.fromEntries(SETUP.map((property) => [property, this.option(property)]))
    saveMemory(Object.values(given).reduce((sum, { values }) => sum + values.join().length, 0))
    return readInterception(given as Options, lookup, report)
  }

  /** The files that stand for items of lists (`@FILE`), as text or as the error that kept them from being read. */
  private async readFiles(): Promise<Map<string, string | Error>> {
    const files = new Map<string, string | Error>()
    const separators = (name: OptionName) => (OPTIONS[name].kind === 'user-ports' ? /[,:;]/ : ',')
    const items = SETUP.flatMap((name) => this.option(name).values.flatMap((value) => value.split(separators(name))))
    for (const path of items.map(trimmed).filter((item) => item.startsWith('@')))
      files.set(path.slice(1), await readText(path.slice(1), MAX_TEXT_BYTES).catch((error: Error) => error))
    saveMemory([...files.values()].reduce((sum, text) => sum + (typeof text === 'string' ? text.length : 0), 0))
    return files
  }

  protected accounts(report: Report): Accounts {
    return accountsOf(single(this.option('root'), report) ?? '/', this.context.getent)
  }

  /** With `--strict`, warnings that nobody accepted are faults. */
  protected takeStrictly(report: Report): void {
    report.strict(this.option('allow'), flag(this.option('strict'), report))
  }

  /** The command with the options that say what is intercepted, wherever they came from: how to make a text again. */
  protected commandLine(): string[] {
    const options = SETUP.flatMap((property) =>
      this.option(property).values.flatMap((each) => written(flagOf(property), each)),
    )
    return [...this.path, ...options]
  }

  /** Whether a flag says what is intercepted. The environment, which all commands share, does not count. */
  protected hasSetup(): boolean {
    return SETUP.some((property) => !['ipFamily', 'root'].includes(property) && this.given(property) !== undefined)
  }

  /** Options that say what is intercepted are faults here; the environment, which all commands share, does not count. */
  protected refuseSetup(report: Report): void {
    for (const property of SETUP.filter((each) => each !== 'ipFamily'))
      if (this.given(property) !== undefined)
        report.fault(
          flagOf(property),
          [this.given(property)].flat().join(' '),
          'does not belong here: leave it out, what is found is removed',
        )
  }
}
