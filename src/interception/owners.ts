import type { OptionInput } from '../options/input'
import { quote } from '../system/text'
import type { Report } from './diagnostics'
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
export function readOwners(options: Options, lookup: Lookup, report: Report): Owners {
  return {
    owner: readOwner(options.apisixUser, lookup.accounts, report),
    excludeUsers: readOwnerList(options.outboundExcludeUsers, 'user', lookup, report),
    excludeGroups: readOwnerList(options.outboundExcludeGroups, 'group', lookup, report),
    excludePortsForUsers: readPortsForUsers(options.outboundExcludePortsForUsers, lookup, report),
  }
}

/** `USER:PORTS`, where a range of ports is written with `-`; `;` between users, so that one variable can hold them all. */
function readPortsForUsers({ name, values }: OptionInput, { accounts, readText }: Lookup, report: Report) {
  const result: Owners['excludePortsForUsers'] = []
  for (const value of values.flatMap((each) => each.split(';')).filter((each) => each.trim() !== '')) {
    const [who = '', ...rest] = value.split(':')
    const user = ownerOf(who.trim(), 'user', accounts, (problem) =>
      report.fault(name, value, `names ${quote(who)}, which ${problem}`),
    )
    const ports = rest.length === 1 ? readPorts({ name, values: rest }, readText, report) : []
    if (ports === '*') report.fault(name, value, 'excludes all of a user: use --outbound-exclude-users')
    else if (rest.length !== 1 || rest[0]?.trim() === '')
      report.fault(name, value, 'is not USER:PORTS, as in 1000:80,8000-8010')
    else if (user !== undefined) result.push({ user, ports })
  }
  return result
}

/** The users or groups of a list option as ids and ranges of ids, as in `1000` and `1000-2000`, each once. */
function readOwnerList(
  given: OptionInput,
  kind: AccountKind,
  { accounts, readText }: Lookup,
  report: Report,
): string[] {
  const owners = new Set<string>()
  for (const item of readItems(given, readText, report)) {
    const owner = ownerOf(item, kind, accounts, (problem) => report.fault(given.name, item, problem))
    if (owner !== undefined && owners.has(owner)) report.warn('duplicate', `${given.name} lists ${item} more than once`)
    if (owner !== undefined) owners.add(owner)
  }
  return [...owners]
}

/** One user or group as an id or a range of ids; undefined, with the problem told, when it is none. */
function ownerOf(
  item: string,
  kind: AccountKind,
  accounts: Accounts,
  fault: (problem: string) => void,
): string | undefined {
  const [, from = '', to = from] = /^(\d+)(?:-(\d+))?$/.exec(item) ?? []
  const [first, last] = [parseId(from), parseId(to)]
  if (first !== undefined && last !== undefined && first <= last)
    return first === last ? `${first}` : `${first}-${last}`
  if (/^\d/.test(item)) {
    fault(`is no ${kind} id or range of ids from 0 to ${LAST_ID}, as in 1000-2000`)
    return undefined
  }
  const account = lookUp(kind, item, accounts)
  if (typeof account !== 'string') return String(kind === 'user' ? account.uid : account.gid)
  fault(`${account}; give its id to need no lookup`)
  return undefined
}
