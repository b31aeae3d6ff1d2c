import type { Diagnostics } from '../diagnostics/diagnostics'
import { quote } from '../system/text'
import { type AccountKind, type Accounts, LAST_ID, lookUp, NAME, type Owner, parseId } from './accounts'
import type { OptionInput } from './input'
import { type Lookup, readItems } from './lists'
import { type PortRange, readPorts } from './ports'
import { single } from './values'

const USE_IDS = 'Use UID:GID, as in 501:20, which needs no lookup'

/** `UID:GID` as ids; undefined for anything else. */
export function parseOwner(text: string): Owner | undefined {
  const [uid, gid, ...more] = text.split(':').map(parseId)
  return uid !== undefined && gid !== undefined && more.length === 0 ? { uid, gid } : undefined
}

/** A user with a group: `UID:GID`, or a name or uid that the accounts know. Undefined when the option was not given. */
export function readOwner(given: OptionInput, { accounts }: Lookup, diagnostics: Diagnostics): Owner | undefined {
  const value = single(given, diagnostics)
  if (value === undefined) return undefined
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
