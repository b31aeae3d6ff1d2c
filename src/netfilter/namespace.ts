import { existsSync, statSync } from 'node:fs'
import { UserError } from '../diagnostics/user-error'
import { readOrNothing } from '../system/read'
import type { Run } from '../system/run'

/** Where rules are read and written: this process's own network namespace, or another. */
export interface Namespace {
  /** Starts programs in it. */
  run: Run
  /** A file of its `/proc/net`; empty when there is none. */
  procNet(file: string): Promise<string>
}

/**
 * The network namespace at a path such as `/proc/PID/ns/net` or `/run/netns/NAME`; without a path our own.
 *
 * Throws a UserError when nothing is there.
 */
export function namespaceAt(path: string | undefined, run: Run): Namespace {
  if (path === undefined) return { run, procNet: async (file) => readOrNothing(`/proc/net/${file}`) }
  if (!existsSync(path)) throw new UserError(`there is no network namespace at ${path}`, { remedy: hint(path) })
  const inside: Run = (program, args, options) => run('nsenter', [`--net=${path}`, '--', program, ...args], options)
  return { run: inside, procNet: async (file) => (await inside('cat', [`/proc/net/${file}`])).stdout }
}

/** The number of the network namespace at a path, of our own without one. Throws the system's error when there is none. */
export const numberOf = (path = '/proc/self/ns/net') => statSync(path).ino

/** Whether a path names the network namespace of this process, as nothing does as well. */
export const isOwnNamespace = (path: string | undefined) => path === undefined || numberOf(path) === numberOf()

const hint = (path: string) =>
  path.includes('/') ? 'Has its process ended?' : `Use its path, as in /run/netns/${path}`
