import { UserError } from '../system/user-error'

/** What one look at the machine showed. */
export interface Check {
  state: 'ok' | 'warning' | 'fault'
  /** What was looked at; of a warning that every command gives, its own name. */
  name: string
  /** What was found. */
  text: string
  /** What to do about it. */
  remedy?: string
}

/** How much it matters that something is missing. */
export type Trouble = Exclude<Check['state'], 'ok'>

/** The sentences of a Refusal end in what to do. */
const REMEDY = /^(.*?)[:;] ((?:install|it takes|load|look|make|try) .*)$/s
const LONGEST = 200

/** A Refusal as the line of a check: its reason and its remedy apart, with the tool's own words where none explain them. */
export function failedCheck(name: string, where: string, refusal: UserError, state: Trouble = 'fault'): Check {
  const message = refusal.message.replace(/; nothing was changed$/, '')
  const [, reason = message, remedy] = REMEDY.exec(message) ?? []
  const words = remedy && reason.includes('; ') ? '' : refusal.detail.trim().replace(/\s+/g, ' ').slice(0, LONGEST)
  return { state, name, text: `${where}${reason}${words && ` (${words})`}`, ...(remedy && { remedy }) }
}

/** The lines of a check; when it is refused, that is its line, so that others go on. */
export function guarded(name: string, check: () => Promise<Check[]>): Promise<Check[]> {
  return check().catch((error) => [failedCheck(name, '', userErrorOf(error))])
}

/** A Refusal, or a program that cannot be started, as a value. Throws every other error on. */
export function userErrorOf(error: unknown): UserError {
  if (error instanceof UserError) return error
  if (error instanceof Error && 'syscall' in error) return new UserError(`could not be checked: ${error.message}`)
  throw error
}

/** The words of a list in a sentence: `a, b and c`. */
export function listed(words: string[]): string {
  return words.join(', ').replace(/, ([^,]*)$/, ' and $1')
}
