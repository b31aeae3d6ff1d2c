import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** The users and groups of the processes that hold open any of these sockets, as far as /proc shows them to us. */
export function ownersOf(inodes: number[]): { uid: number; gid: number }[] {
  if (inodes.length === 0) return []
  const links = new Set(inodes.map((inode) => `socket:[${inode}]`))
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && holds(name, links))
    .flatMap((pid) => ownerOf(pid) ?? [])
}

function holds(pid: string, links: Set<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => links.has(readlinkSync(`/proc/${pid}/fd/${fd}`)))
  } catch {
    // It is another user's, or has ended.
    return false
  }
}

function ownerOf(pid: string): { uid: number; gid: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const effective = (name: string) => Number(new RegExp(`^${name}:\\s+\\d+\\s+(\\d+)`, 'm').exec(status)?.[1])
    return { uid: effective('Uid'), gid: effective('Gid') }
  } catch {
    return undefined
  }
}
