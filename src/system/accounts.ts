import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Account, Accounts } from '../interception/owner'
import type { Run } from './run'

/** The lines of a passwd(5) file that are accounts; others are passed over, as libc does. */
export function parsePasswd(text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const [, name, uid, gid] = /^([^:#]+):[^:]*:(\d{1,10}):(\d{1,10}):/.exec(line) ?? []
    return name ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** The accounts of `ROOT/etc/passwd`; when ROOT is `/`, those that NSS knows (LDAP and the like) as well. */
export function accountsOf(root: string, run: Run): Accounts {
  let accounts: Account[] | undefined
  const read = () => {
    accounts ??= parsePasswd(readFileSync(join(root, 'etc/passwd'), 'utf8'))
    return accounts
  }
  return {
    names: () => read().map(({ name }) => name),
    find: async (wanted) =>
      read().find(({ name }) => name === wanted) ??
      read().find(({ uid }) => String(uid) === wanted) ??
      (root === '/' ? askNss(wanted, run) : undefined),
  }
}

async function askNss(wanted: string, run: Run): Promise<Account | undefined> {
  try {
    const { stdout } = await run('getent', ['passwd', wanted], { timeout: 5_000 })
    return parsePasswd(stdout)[0]
  } catch {
    // Without getent there is no NSS to ask.
    return undefined
  }
}
