import { lstatSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** What stands there is the system's, also where a link such as /dev/stdout leads to a file just now. */
const DEVICES = /^\/(dev|proc|sys)(\/|$)/

/** Why nothing can be written at this path, continuing a sentence that starts with the path; undefined when it can. */
export function unwritable(path: string): string | undefined {
  if (path === '' || path.includes('\0')) return 'is not a path'
  if (path === '-') return 'is no file: --dry-run prints to stdout'
  try {
    return obstacle(path)
  } catch (error) {
    return `cannot be written: ${(error as Error).message}`
  }
}

function obstacle(path: string): string | undefined {
  if (!statOf(dirname(path))?.isDirectory()) return `lies in no directory: create ${dirname(path)} first`
  const target = statOf(path) ?? linkAt(path)
  if (path.endsWith('/') || target?.isDirectory()) return 'is a directory: name a file in it'
  if (DEVICES.test(realpathSync(dirname(path))) || (target && !target.isFile()))
    return 'is not a regular file: use --dry-run and redirect its output'
  return undefined
}

const statOf = (path: string) => statSync(path, { throwIfNoEntry: false })
const linkAt = (path: string) => lstatSync(path, { throwIfNoEntry: false })
