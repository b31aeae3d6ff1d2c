import { join } from 'node:path'
import { type Account, type AccountKind, type Accounts, LAST_ID, NAME } from './accounts'
import { readFileText } from './read'
import type { Getent } from './run'

const DATABASE = { user: 'passwd', group: 'group' } as const

/** The lines of a passwd(5) or group(5) file that are accounts; others are passed over, as libc does. */
export function parseAccounts(kind: AccountKind, text: string): Account[] {
  return text.split('\n').flatMap((line) => {
    const form = kind === 'user' ? /^([^:#]+):[^:]*:(\d{1,10}):(\d{1,10}):/ : /^([^:#]+):[^:]*:((\d{1,10})):/
    const [, name, uid, gid] = form.exec(line) ?? []
    return name && Math.max(Number(uid), Number(gid)) <= LAST_ID ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** The accounts under `ROOT/etc`; when ROOT is `/`, those that NSS knows (LDAP and the like) as well. */
export function accountsOf(root: string, getent: Getent): Accounts {
  const known = new Map<AccountKind, Account[]>()
  const read = (kind: AccountKind) => {
    const accounts = known.get(kind) ?? parseAccounts(kind, readFileText(join(root, 'etc', DATABASE[kind])))
    known.set(kind, accounts)
    return accounts
  }
  const asked = (kind: AccountKind, wanted: string) =>
    parseAccounts(kind, getent(DATABASE[kind], wanted)).find(
      ({ name, uid }) => name === wanted || String(uid) === wanted,
    )
  return {
    sharing: ({ uid, gid }) => {
      const primary = read('user').filter((each) => each.gid === gid && each.uid !== uid)
      const own = read('user').find((each) => each.uid === uid)?.name
      const groups = readFileText(join(root, 'etc/group')).split('\n')
      const members = groups.find((line) => line.split(':')[2] === String(gid))?.split(':')[3] ?? ''
      return [...primary.map(({ name }) => name), ...members.split(',').filter((name) => name && name !== own)]
    },
    names: (kind) => read(kind).map(({ name }) => name),
    find: (kind, wanted) =>
      read(kind).find(({ name }) => name === wanted) ??
      read(kind).find(({ uid }) => String(uid) === wanted) ??
      (root === '/' && NAME.test(wanted) ? asked(kind, wanted) : undefined),
  }
}
