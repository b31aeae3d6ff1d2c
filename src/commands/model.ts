import type { Diagnostics } from '../diagnostics/diagnostics'
import { buildInterception } from '../interception/build'
import type { Interception } from '../interception/interception'
import { INTERCEPTION_OPTIONS } from '../interception/options'
import { flagOf, written } from '../options/input'
import { ownerText } from '../options/owners'
import { isPlain, parseOptions } from '../options/parse'
import { OPTIONS, type OptionName } from '../options/table'
import type { Accounts } from '../system/accounts'
import { accountsOf } from '../system/passwd'
import { MAX_TEXT_BYTES, readText } from '../system/read'
import type { Session } from './session'

const SETUP = INTERCEPTION_OPTIONS
const LOOKED_UP = SETUP.filter((name) => !isPlain(name))

/** What the options want intercepted, as a model. */
export async function readModel(session: Session, diagnostics: Diagnostics): Promise<Interception> {
  const files = await readFiles(session)
  const readText = (path: string) => {
    const text = files.get(path)
    if (typeof text === 'string') return text
    throw text ?? new Error('it was not read')
  }
  const outside = { command: session.command, lookup: { accounts: accountsFor(session), readText } }
  const options = { ...session.options, ...parseOptions(LOOKED_UP, session.input, outside, diagnostics) }
  return buildInterception(options, diagnostics)
}

/** The files that stand for items of lists (`@FILE`), as text or as the error that kept them from being read. */
async function readFiles(session: Session): Promise<Map<string, string | Error>> {
  const files = new Map<string, string | Error>()
  const separators = (name: OptionName) => (OPTIONS[name].kind === 'user-ports' ? /[,:;]/ : ',')
  const items = SETUP.flatMap((name) => session.input(name).values.flatMap((value) => value.split(separators(name))))
  for (const path of items.map((item) => item.trim()).filter((item) => item.startsWith('@')))
    files.set(path.slice(1), await readText(path.slice(1), MAX_TEXT_BYTES).catch((error: Error) => error))
  return files
}

export const accountsFor = ({ options, context }: Session): Accounts => accountsOf(options.root.value, context.getent)

/** With `--strict`, warnings that nobody accepted are errors. */
export function escalate({ options }: Session, diagnostics: Diagnostics): void {
  diagnostics.strict(options.allow, options.strict.value)
}

/** The command with the options that say what is redirected, wherever they came from, with the ids of the proxy's users. */
export function commandLine(session: Session, { owners }: Interception): string[] {
  const valuesOf = (name: (typeof SETUP)[number]) =>
    name === 'apisixUser' ? [owners.map(ownerText).join()] : session.input(name).values
  return [session.command, ...SETUP.flatMap((name) => valuesOf(name).flatMap((each) => written(flagOf(name), each)))]
}

/** What else than the command line decides about the rules: files of lists, and accounts that were looked up by name. */
export function sourcesOf(session: Session): string[] {
  const items = (isMeant: (kind: string) => boolean, separator: RegExp) =>
    SETUP.filter((name) => isMeant(OPTIONS[name].kind)).flatMap((name) =>
      session.input(name).values.flatMap((value) => value.split(separator).map((item) => item.trim())),
    )
  const files = items(() => true, /[,:;]/).filter((item) => item.startsWith('@'))
  const names = [
    ...items((kind) => kind === 'users' || kind === 'groups', /,/),
    ...items((kind) => kind === 'user-ports', /;/).map((item) => item.split(':')[0] as string),
  ].filter((item) => /^[^\d@]/.test(item))
  return [...files.map((item) => item.slice(1)), ...(names.length > 0 ? ['accounts'] : [])]
}

/** Whether a flag says what is intercepted. The environment, which all commands share, does not count. */
export function hasSetup(session: Session): boolean {
  return SETUP.some((property) => !['ipFamily', 'root'].includes(property) && session.given(property) !== undefined)
}

/** Options that say what is intercepted are errors here; the environment, which all commands share, does not count. */
export function refuseSetup(session: Session, diagnostics: Diagnostics): void {
  for (const property of SETUP.filter((each) => each !== 'ipFamily'))
    if (session.given(property) !== undefined)
      diagnostics.error(
        flagOf(property),
        [session.given(property)].flat().join(' '),
        'does not apply: cleanup-iptables removes whatever managed rules it finds',
        'Remove the option',
      )
}
