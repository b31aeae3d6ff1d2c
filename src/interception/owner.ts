import type { Diagnostics } from '../diagnostics/diagnostics'
import { suggestion } from '../diagnostics/suggestion'
import type { OptionInput } from '../options/input'
import { reasonOf } from '../system/text'
import type { Owner } from './interception'
import { single } from './values'

export type AccountKind = 'user' | 'group'

/** One account of the system, as passwd(5) lists it; of a group, `gid` alone counts. */
export interface Account extends Owner {
  name: string
}

/** Finds an account by name or id. Throws an Error that says why when the accounts cannot be read. */
export interface Accounts {
  find(kind: AccountKind, nameOrId: string): Account | undefined
  /** Other users whose primary group this owner's is, or who are members of it. */
  sharing(owner: Owner): string[]
  /** Names to suggest from. */
  names(kind: AccountKind): string[]
}

/** 4294967295 is (uid_t)-1, which stands for "no id". */
export const LAST_ID = 4294967294
/** A name that tools do not take for an option, nor for more than one word. */
export const NAME = /^[^\s:,/\p{C}-][^\s:,/\p{C}]*$/u
const USE_IDS = 'Use UID:GID, as in 501:20, which needs no lookup'

/** A user or group id as written: decimal, 0–4294967294. */
export function parseId(text: string): number | undefined {
  const id = /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : Number.NaN
  return id <= LAST_ID ? id : undefined
}

/** `UID:GID` as ids; undefined for anything else. */
export function parseOwner(text: string): Owner | undefined {
  const [uid, gid, ...more] = text.split(':').map(parseId)
  return uid !== undefined && gid !== undefined && more.length === 0 ? { uid, gid } : undefined
}

/** The account of a name or id; why there is none, continuing a sentence that starts with it, when there is not. */
export function lookUp(kind: AccountKind, nameOrId: string, accounts: Accounts): Account | string {
  try {
    return accounts.find(kind, nameOrId) ?? `is not a known ${kind}${suggestion(nameOrId, accounts.names(kind))}`
  } catch (error) {
    return `cannot be looked up: ${reasonOf(error)}`
  }
}

/** The proxy's user: `UID:GID`, or a name or uid that the accounts know. Without the option: `nobody`. */
export function readOwner(given: OptionInput, accounts: Accounts, diagnostics: Diagnostics): Owner {
  const value = single(given, diagnostics) ?? 'nobody'
  const owner = parseOwner(value)
  if (owner) return owner
  const fail = (problem: string) => {
    diagnostics.error(given.name, value, problem, USE_IDS)
    return { uid: LAST_ID, gid: LAST_ID }
  }
  if (/^\d/.test(value) && parseId(value) === undefined)
    return fail(`is neither a user name nor ids from 0 to ${LAST_ID}`)
  if (!NAME.test(value)) return fail('is not a user name')
  const account = lookUp('user', value, accounts)
  return typeof account === 'string' ? fail(account) : { uid: account.uid, gid: account.gid }
}
