import { lstatSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { reasonOf } from './text'

/** What stands there is the system's, also where a link such as /dev/stdout leads to a file just now. */
const DEVICES = /^\/(dev|proc|sys)(\/|$)/

/** Why nothing can be written at this path, continuing a sentence that starts with the path; undefined when it can. */
export function unwritable(path: string): string | undefined {
  if (path === '' || /[\0\ufffd]/.test(path)) return 'is not a path in UTF-8'
  if (path === '-') return 'is no file: --dry-run prints to stdout'
  try {
    return unfit(path)
  } catch (error) {
    return `cannot be looked at: ${reasonOf(error)}`
  }
}

function unfit(path: string): string | undefined {
  const folder = statOf(dirname(path))
  if (!folder) return `lies in no directory: create ${dirname(path)} first`
  if (!folder.isDirectory()) return `cannot be written: ${dirname(path)} is a file, not a directory`
  const target = statOf(path) ?? linkAt(path)
  if (path.endsWith('/') || target?.isDirectory()) return 'is a directory: name a file in it'
  if (DEVICES.test(realpathSync(dirname(path))) || (target && !target.isFile()))
    return 'is not a regular file: use --dry-run and redirect its output'
  return undefined
}

const statOf = (path: string) => statSync(path, { throwIfNoEntry: false })
const linkAt = (path: string) => lstatSync(path, { throwIfNoEntry: false })
