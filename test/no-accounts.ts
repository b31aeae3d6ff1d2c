import type { Accounts } from '../src/system/accounts'

/** Accounts of a machine that knows no names. */
export const NO_ACCOUNTS: Accounts = { find: () => undefined, names: () => [], sharing: () => [] }
