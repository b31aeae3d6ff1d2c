import { suggestion } from '../diagnostics/suggestion'
import { reasonOf } from '../system/text'

/** A user and a group, by their ids: 0–4294967294; null for a user whose group does not count. */
export interface Owner {
  uid: number
  gid: number | null
}

export type AccountKind = 'user' | 'group'

/** One account of the system, as passwd(5) lists it; of a group, `gid` alone counts. */
export interface Account {
  name: string
  uid: number
  gid: number
}

/** Finds an account by name or id. Throws an Error that says why when the accounts cannot be read. */
export interface Accounts {
  find(kind: AccountKind, nameOrId: string): Account | undefined
  /** Other users whose primary group this owner's is, or who are members of it. */
  sharing(owner: { uid: number; gid: number }): string[]
  /** Names to suggest from. */
  names(kind: AccountKind): string[]
}

/** 4294967295 is (uid_t)-1, which stands for "no id". */
export const LAST_ID = 4294967294
/** A name that tools do not take for an option, nor for more than one word. */
export const NAME = /^[^\s:,/\p{C}-][^\s:,/\p{C}]*$/u

/** A user or group id as written: decimal, 0–4294967294. */
export function parseId(text: string): number | undefined {
  const id = /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : Number.NaN
  return id <= LAST_ID ? id : undefined
}

/** The account of a name or id; why there is none, continuing a sentence that starts with it, when there is not. */
export function lookUp(kind: AccountKind, nameOrId: string, accounts: Accounts): Account | string {
  try {
    return accounts.find(kind, nameOrId) ?? `is not a known ${kind}${suggestion(nameOrId, accounts.names(kind))}`
  } catch (error) {
    return `cannot be looked up: ${reasonOf(error)}`
  }
}
