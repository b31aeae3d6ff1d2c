import { closest, distance } from 'fastest-levenshtein'
import type { Given } from './given'
import type { Owner } from './interception'
import { quote, type Report } from './report'
import { single } from './values'

/** One account of the system, as passwd(5) lists it. */
export interface Account extends Owner {
  name: string
}

/** Finds an account by name or uid. Throws an Error that says why when the accounts cannot be read. */
export interface Accounts {
  find(nameOrUid: string): Promise<Account | undefined>
  /** Names to suggest from. */
  names(): string[]
}

/** 4294967295 is (uid_t)-1, which stands for "no id". */
const LAST_ID = 4294967294
const UID_GID = 'give UID:GID, as in 501:20, to need no lookup'

/** A user or group id as written: decimal, 0–4294967294. */
function parseId(text: string): number | undefined {
  const id = /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : Number.NaN
  return id <= LAST_ID ? id : undefined
}

/** The proxy's user: `UID:GID`, or a name or uid that the accounts know. Without the option: `nobody`. */
export async function readOwner(given: Given, accounts: Accounts, report: Report): Promise<Owner> {
  const value = single(given, report) ?? 'nobody'
  const fault = (problem: string) => report.fault(given.name, value, problem)
  const none = { uid: LAST_ID, gid: LAST_ID }

  if (/^\d/.test(value)) {
    const ids = value.split(':').map(parseId)
    const [uid, gid] = ids
    if (ids.length > 2 || ids.includes(undefined) || uid === undefined) {
      fault(`is neither a name nor ids from 0 to ${LAST_ID}: ${UID_GID}`)
      return none
    }
    if (gid !== undefined) return { uid, gid }
  } else if (!/^[^\s:,/\p{C}-][^\s:,/\p{C}]*$/u.test(value)) {
    fault(`is not a user name: ${UID_GID}`)
    return none
  }

  try {
    const account = await accounts.find(value)
    if (account) return { uid: account.uid, gid: account.gid }
    fault(`is not a known user${suggestion(value, accounts.names())}; ${UID_GID}`)
  } catch (error) {
    fault(`cannot be looked up: ${(error as Error).message}; ${UID_GID}`)
  }
  return none
}

/** `, did you mean "alex"?` for the nearest of the words, or nothing when none is near. */
export function suggestion(word: string, words: string[]): string {
  if (words.length === 0) return ''
  const near = closest(word, words)
  return distance(word, near) <= Math.max(1, word.length / 3) ? ` (did you mean ${quote(near)}?)` : ''
}
