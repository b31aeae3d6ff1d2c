import type { Interception } from '../interception/interception'
import type { BackendName } from '../netfilter/backend'
import { allOf } from '../system/text'
import type { Check } from './check'

interface Maps {
  /** The text of `/proc/self/uid_map`, and of `gid_map`. */
  uid: string
  gid: string
}

/** Whether this process's user namespace maps every id that the rules name: the kernel refuses others (facts 18). */
export function checkIds({ owners, outbound }: Interception, maps: Maps): Check {
  const selected = outbound ?? { users: [], groups: [], excludeUsers: [], excludeGroups: [], excludePortsForUsers: [] }
  const named = {
    uid: [
      ...owners.map(({ uid }) => `${uid}`),
      ...selected.users,
      ...selected.excludeUsers,
      ...selected.excludePortsForUsers.map(({ user }) => user),
    ],
    gid: [
      ...owners.flatMap(({ gid }) => (gid === null ? [] : [`${gid}`])),
      ...selected.groups,
      ...selected.excludeGroups,
    ],
  }
  const missing = (['uid', 'gid'] as const).flatMap((kind) =>
    [...new Set(named[kind])].filter((ids) => !isMapped(maps[kind], ids)).map((ids) => `${kind} ${ids}`),
  )
  if (missing.length === 0) return { state: 'ok', name: 'ids', text: 'the kernel maps all uids and gids of the rules' }
  return {
    state: 'fault',
    name: 'ids',
    text: `this user namespace does not map ${allOf(missing)} (/proc/self/uid_map, gid_map), so that the kernel refuses the rules`,
    remedy: 'Map the ids, or run in the initial user namespace (in Kubernetes hostUsers: true)',
  }
}

/** The map of the initial user namespace: every id is itself. */
const WHOLE = /^\s*0\s+0\s+4294967295\s*$/

/**
 * Capabilities of a user namespace count only in network namespaces that belong to it, as cannot be seen from inside. Legacy,
 * of which no table is read before there is one, shows it only when the rules are applied.
 */
export function checkCounting(uidMap: string, backends: BackendName[]): Check[] {
  if (uidMap === '' || WHOLE.test(uidMap) || !backends.includes('legacy')) return []
  return [
    {
      state: 'warning',
      name: 'capabilities',
      text: 'these capabilities belong to a user namespace. They only help if that user namespace owns this network namespace',
      remedy: 'Make both at once (unshare --user --net), or run in the initial user namespace',
    },
  ]
}

/**
 * Whether a process, whose network namespace is meant, has a user namespace of its own: the kernel takes owner matches only
 * from the user namespace that the network namespace belongs to (measured on both backends, kernel 6.18).
 *
 * @param link where a link such as `/proc/self/ns/user` leads to; undefined when there is none
 */
export function checkOwners(netns: string | undefined, link: (path: string) => string | undefined): Check[] {
  const [, pid] = /^\/proc\/(\d+)\/ns\/net$/.exec(netns ?? '') ?? []
  const differs = (kind: string) => {
    const theirs = link(`/proc/${pid}/ns/${kind}`)
    return theirs !== undefined && theirs !== link(`/proc/self/ns/${kind}`)
  }
  if (pid === undefined || !differs('net') || !differs('user')) return []
  return [
    {
      state: 'warning',
      name: 'ids',
      text: `process ${pid} has its own user namespace. If that owns its network namespace, the kernel refuses owner matches from outside`,
      remedy: `Enter both with \`nsenter --target ${pid} --user --net\``,
    },
  ]
}

/** Whether an id, or both ends of a range of ids, are mapped: the kernel looks at no more. Without a map, all are. */
export function isMapped(map: string, ids: string): boolean {
  const lines = map.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const extents = lines.flatMap(([inside, , count]) =>
    inside !== undefined && count ? [[inside, count] as const] : [],
  )
  if (extents.length === 0) return true
  return ids
    .split('-')
    .every((id) => extents.some(([inside, count]) => inside <= Number(id) && Number(id) < inside + count))
}
