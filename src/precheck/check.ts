import { UserError } from '../diagnostics/user-error'

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

const MAX_DETAIL_LENGTH = 200

/** An error as the line of a check, with the tool's own words where there is no remedy that explains them. */
export function failedCheck(name: string, where: string, error: UserError, state: Trouble = 'fault'): Check {
  const { problem, remedy, detail = '' } = error.diagnostic
  const words = remedy ? '' : detail.trim().replace(/\s+/g, ' ').slice(0, MAX_DETAIL_LENGTH)
  return { state, name, text: `${where}${problem}${words && ` (${words})`}`, ...(remedy && { remedy }) }
}

/** The lines of a check; when it is refused, that is its line, so that others go on. */
export function guarded(name: string, check: () => Promise<Check[]>): Promise<Check[]> {
  return check().catch((error) => [failedCheck(name, '', userErrorOf(error))])
}

/** A UserError, or a program that cannot be started, as a value. Throws every other error on. */
export function userErrorOf(error: unknown): UserError {
  if (error instanceof UserError) return error
  if (error instanceof Error && 'syscall' in error) return new UserError(`it could not be checked: ${error.message}`)
  throw error
}
