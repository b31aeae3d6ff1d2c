import { suggestion } from '../diagnostics/suggestion'
import { type Account, type AccountKind, type Accounts, LAST_ID } from '../system/accounts'
import { reasonOf } from '../system/text'

/** A user and a group, by their ids: 0–4294967294; null for a user whose group does not count. */
export interface Owner {
  uid: number
  gid: number | null
}

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
