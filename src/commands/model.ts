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
import { MAX_TEXT_BYTES, readText } from '../system/read'
import type { Session } from './session'

const SETUP = INTERCEPTION_OPTIONS

/** What the options want intercepted, as a model. */
export async function readModel(session: Session, report: Report): Promise<Interception> {
  const files = await readFiles(session)
  const readText = (path: string) => {
    const text = files.get(path)
    if (typeof text === 'string') return text
    throw text ?? new Error('it was not read')
  }
  const lookup = { accounts: accountsFor(session, report), readText }
  const given = Object.fromEntries(SETUP.map((property) => [property, session.option(property)]))
  return readInterception(given as Options, lookup, report)
}

/** The files that stand for items of lists (`@FILE`), as text or as the error that kept them from being read. */
async function readFiles(session: Session): Promise<Map<string, string | Error>> {
  const files = new Map<string, string | Error>()
  const separators = (name: OptionName) => (OPTIONS[name].kind === 'user-ports' ? /[,:;]/ : ',')
  const items = SETUP.flatMap((name) => session.option(name).values.flatMap((value) => value.split(separators(name))))
  for (const path of items.map(trimmed).filter((item) => item.startsWith('@')))
    files.set(path.slice(1), await readText(path.slice(1), MAX_TEXT_BYTES).catch((error: Error) => error))
  return files
}

export function accountsFor(session: Session, report: Report): Accounts {
  return accountsOf(single(session.option('root'), report) ?? '/', session.context.getent)
}

/** With `--strict`, warnings that nobody accepted are faults. */
export function escalate(session: Session, report: Report): void {
  report.strict(session.option('allow'), flag(session.option('strict'), report))
}

/** The command with the options that say what is intercepted, wherever they came from: how to make a text again. */
export function commandLine(session: Session): string[] {
  const options = SETUP.flatMap((property) =>
    session.option(property).values.flatMap((each) => written(flagOf(property), each)),
  )
  return [session.command, ...options]
}

/** Whether a flag says what is intercepted. The environment, which all commands share, does not count. */
export function hasSetup(session: Session): boolean {
  return SETUP.some((property) => !['ipFamily', 'root'].includes(property) && session.given(property) !== undefined)
}

/** Options that say what is intercepted are faults here; the environment, which all commands share, does not count. */
export function refuseSetup(session: Session, report: Report): void {
  for (const property of SETUP.filter((each) => each !== 'ipFamily'))
    if (session.given(property) !== undefined)
      report.fault(
        flagOf(property),
        [session.given(property)].flat().join(' '),
        'does not belong here: leave it out, what is found is removed',
      )
}
