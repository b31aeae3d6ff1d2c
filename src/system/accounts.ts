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
