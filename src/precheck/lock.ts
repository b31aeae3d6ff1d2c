import { accessSync, constants, lstatSync } from 'node:fs'
import { dirname } from 'node:path'
import type { BackendName } from '../netfilter/backend'
import type { Run } from '../system/run'
import type { Check } from './check'

export const LOCK_FILE = '/run/xtables.lock'

const NO_FILE = 'not a regular file'
const REMEDIES: Record<string, string> = { EACCES: 'Run it as root', [NO_FILE]: 'Remove it' }

/** What was seen of the lock file. */
export interface Lock {
  /** Why it cannot be opened, as the system says it; undefined when it can. */
  problem: string | undefined
  isHeld: boolean
}

/**
 * Whether those who write rules can take turns here. Only legacy takes the lock (facts 16, 17, 21).
 *
 * @param backends those that will be used
 */
export function checkLock({ problem, isHeld }: Lock, backends: BackendName[]): Check {
  const isLegacy = backends.includes('legacy')
  if (problem)
    return {
      state: isLegacy ? 'fault' : 'warning',
      name: 'lock',
      text: `${LOCK_FILE} cannot be opened (${problem})${isLegacy ? '' : '. nft needs none, but legacy tools do'}`,
      remedy: REMEDIES[problem] ?? 'Mount one writable /run into every container that writes rules here',
    }
  if (isHeld && isLegacy)
    return {
      state: 'warning',
      name: 'lock',
      text: `another process holds ${LOCK_FILE}`,
      remedy: 'Wait longer with --wait 30s. `fuser -v /run/xtables.lock` shows which process it is',
    }
  return { state: 'ok', name: 'lock', text: isLegacy ? `${LOCK_FILE} is free` : 'nft needs none' }
}

/** Looks at the lock file as the tools would: it is made when it is not there, and need not be writable when it is. */
export async function lookAtLock(run: Run, locks: string, file = LOCK_FILE): Promise<Lock> {
  const stat = lstatSync(file, { throwIfNoEntry: false })
  if (stat && !stat.isFile()) return { problem: NO_FILE, isHeld: false }
  try {
    accessSync(stat ? file : dirname(file), stat ? constants.R_OK : constants.W_OK)
  } catch (error) {
    return { problem: (error as NodeJS.ErrnoException).code ?? 'unknown', isHeld: false }
  }
  return { problem: undefined, isHeld: stat ? await isHeld(file, stat.ino, run, locks) : false }
}

/** By util-linux or busybox; only without them by `/proc/locks`, which hides those of other PID namespaces. */
async function isHeld(file: string, inode: number, run: Run, locks: string): Promise<boolean> {
  try {
    return (await run('flock', ['-n', file, 'true'])).status === 1
  } catch {
    return holdsInode(locks, inode)
  }
}

/** Whether `/proc/locks` lists a lock that somebody has, and does not wait for, on an inode. */
export function holdsInode(locks: string, inode: number): boolean {
  return locks.split('\n').some((line) => new RegExp(`^\\d+: FLOCK .*:${inode} `).test(line))
}
