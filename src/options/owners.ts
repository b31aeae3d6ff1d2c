import type { Diagnostics } from '../diagnostics/diagnostics'
import { type AccountKind, type Accounts, LAST_ID, NAME } from '../system/accounts'
import { quote } from '../system/text'
import { lookUp, type Owner, parseId } from './accounts'
import type { OptionInput } from './input'
import { type Lookup, readItems } from './lists'
import { type PortRange, readPorts } from './ports'

const USE_IDS = 'Use UID:GID, as in 501:20, or UID:none, which need no lookup'

/**
 * The proxy's users: `UID:GID`, `UID:none` (or `UID:`) for one whose group does not count, or a name or uid that the accounts know,
 * with its group. Undefined when the option was not given.
 */
export function readOwners(given: OptionInput, lookup: Lookup, diagnostics: Diagnostics): Owner[] | undefined {
  if (given.values.length === 0) return undefined
  const owners = new Map<string, Owner>()
  const items = readItems(given, lookup, diagnostics)
  if (items.length === 0) diagnostics.error(given.name, given.values.join(','), 'names no user', USE_IDS)
  for (const item of items) {
    const owner = parseOwner(item, lookup.accounts)
    if (typeof owner === 'string') diagnostics.error(given.name, item, owner, USE_IDS)
    else if (owners.has(ownerText(owner))) diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    else owners.set(ownerText(owner), owner)
  }
  return [...owners.values()]
}

/** As the option takes it, in a form that needs no lookup. */
export const ownerText = ({ uid, gid }: Owner) => `${uid}:${gid ?? 'none'}`

/** A user and its group; what is wrong, continuing a sentence that starts with the text. */
function parseOwner(text: string, accounts: Accounts): Owner | string {
  const [user = '', group, ...more] = text.split(':')
  const isWithoutGroup = group === '' || group === 'none'
  const [uid, gid] = [parseId(user), isWithoutGroup ? null : parseId(group ?? '')]
  if (uid !== undefined && gid !== undefined && more.length === 0) return { uid, gid }
  const isNumber = /^\d/.test(user) && (uid === undefined || (group !== undefined && !isWithoutGroup))
  if (isNumber) return `is neither a user name nor ids from 0 to ${LAST_ID}`
  if (more.length > 0 || (group !== undefined && !isWithoutGroup) || !NAME.test(user)) return 'is not a user name'
  const account = lookUp('user', user, accounts)
  return typeof account === 'string' ? account : { uid: account.uid, gid: isWithoutGroup ? null : account.gid }
}

/** The users or groups of a list option as ids and ranges of ids, as in `1000` and `1000-2000`, each once. */
export function readOwnerList(
  given: OptionInput,
  kind: AccountKind,
  lookup: Lookup,
  diagnostics: Diagnostics,
): string[] {
  const owners = new Set<string>()
  for (const item of readItems(given, lookup, diagnostics)) {
    const owner = ownerOf(item, kind, lookup.accounts, (problem, remedy) =>
      diagnostics.error(given.name, item, problem, remedy),
    )
    if (owner !== undefined && owners.has(owner))
      diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    if (owner !== undefined) owners.add(owner)
  }
  return [...owners]
}

/** Ports of one user or of a range of them. */
export interface UserPorts {
  user: string
  ports: PortRange[]
}

/** `USER:PORTS`, where a range of ports is written with `-`; `;` between users, so that one variable can hold them all. */
export function readPortsForUsers(
  { name, values }: OptionInput,
  lookup: Lookup,
  diagnostics: Diagnostics,
): UserPorts[] {
  const result: UserPorts[] = []
  for (const value of values.flatMap((each) => each.split(';')).filter((each) => each.trim() !== '')) {
    const [who = '', ...rest] = value.split(':')
    const user = ownerOf(who.trim(), 'user', lookup.accounts, (problem, remedy) =>
      diagnostics.error(name, value, `names ${quote(who)}, which ${problem}`, remedy),
    )
    const ports = rest.length === 1 ? readPorts({ name, values: rest }, lookup, diagnostics) : []
    if (ports === '*') diagnostics.error(name, value, 'excludes all ports of a user', 'Use --outbound-exclude-users')
    else if (rest.length !== 1 || rest[0]?.trim() === '')
      diagnostics.error(name, value, 'is not USER:PORTS', 'Use a user and ports, as in 1000:80,8000-8010')
    else if (user !== undefined) result.push({ user, ports })
  }
  return result
}

/** One user or group as an id or a range of ids; undefined, with the problem told, when it is none. */
function ownerOf(
  item: string,
  kind: AccountKind,
  accounts: Accounts,
  fail: (problem: string, remedy: string) => void,
): string | undefined {
  const [, from = '', to = from] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? []
  const [first, last] = [parseId(from), parseId(to)]
  if (first !== undefined && last !== undefined && first <= last)
    return first === last ? `${first}` : `${first}-${last}`
  if (/^\d/.test(item)) {
    fail(`is not a ${kind} id`, `Use an id from 0 to ${LAST_ID}, or a range as in 1000-2000`)
    return undefined
  }
  const account = lookUp(kind, item, accounts)
  if (typeof account !== 'string') return String(kind === 'user' ? account.uid : account.gid)
  fail(account, 'Use its id, which needs no lookup')
  return undefined
}
