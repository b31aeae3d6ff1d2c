import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from '../options/input'
import { quote } from '../system/text'
import type { Owner } from './interception'
import { type ReadText, readItems } from './lists'
import type { Options } from './options'
import { type AccountKind, type Accounts, LAST_ID, lookUp, parseId, readOwner } from './owner'
import { type PortRange, readPorts } from './ports'

/** The users and groups of all options, looked up. */
export interface Owners {
  owner: Owner
  excludeUsers: string[]
  excludeGroups: string[]
  excludePortsForUsers: { user: string; ports: PortRange[] }[]
}

/** Where the names in options are looked up, and their files read. */
export interface Lookup {
  accounts: Accounts
  readText: ReadText
}

/** Every user and group that the options name. */
export function readOwners(options: Options, lookup: Lookup, diagnostics: Diagnostics): Owners {
  return {
    owner: readOwner(options.apisixUser, lookup.accounts, diagnostics),
    excludeUsers: readOwnerList(options.outboundExcludeUsers, 'user', lookup, diagnostics),
    excludeGroups: readOwnerList(options.outboundExcludeGroups, 'group', lookup, diagnostics),
    excludePortsForUsers: readPortsForUsers(options.outboundExcludePortsForUsers, lookup, diagnostics),
  }
}

/** `USER:PORTS`, where a range of ports is written with `-`; `;` between users, so that one variable can hold them all. */
function readPortsForUsers({ name, values }: OptionInput, { accounts, readText }: Lookup, diagnostics: Diagnostics) {
  const result: Owners['excludePortsForUsers'] = []
  for (const value of values.flatMap((each) => each.split(';')).filter((each) => each.trim() !== '')) {
    const [who = '', ...rest] = value.split(':')
    const user = ownerOf(who.trim(), 'user', accounts, (problem, remedy) =>
      diagnostics.error(name, value, `names ${quote(who)}, which ${problem}`, remedy),
    )
    const ports = rest.length === 1 ? readPorts({ name, values: rest }, readText, diagnostics) : []
    if (ports === '*') diagnostics.error(name, value, 'excludes all ports of a user', 'Use --outbound-exclude-users')
    else if (rest.length !== 1 || rest[0]?.trim() === '')
      diagnostics.error(name, value, 'is not USER:PORTS', 'Use a user and ports, as in 1000:80,8000-8010')
    else if (user !== undefined) result.push({ user, ports })
  }
  return result
}

/** The users or groups of a list option as ids and ranges of ids, as in `1000` and `1000-2000`, each once. */
function readOwnerList(
  given: OptionInput,
  kind: AccountKind,
  { accounts, readText }: Lookup,
  diagnostics: Diagnostics,
): string[] {
  const owners = new Set<string>()
  for (const item of readItems(given, readText, diagnostics)) {
    const owner = ownerOf(item, kind, accounts, (problem, remedy) =>
      diagnostics.error(given.name, item, problem, remedy),
    )
    if (owner !== undefined && owners.has(owner))
      diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    if (owner !== undefined) owners.add(owner)
  }
  return [...owners]
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
