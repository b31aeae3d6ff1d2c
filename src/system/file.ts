import { fchmodSync, fsyncSync, lstatSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import tmp from 'tmp'

/** What stands there is the system's, also where a link such as /dev/stdout leads to a file just now. */
const DEVICES = /^\/(dev|proc|sys)(\/|$)/

/** Why nothing can be written at this path, continuing a sentence that starts with the path; undefined when it can. */
export function unwritable(path: string): string | undefined {
  if (path === '' || path.includes('\0')) return 'is not a path'
  if (path === '-') return 'is no file: --dry-run prints to stdout'
  if (!statOf(dirname(path))?.isDirectory()) return `lies in no directory: create ${dirname(path)} first`
  const target = statOf(path) ?? linkAt(path)
  if (path.endsWith('/') || target?.isDirectory()) return 'is a directory: name a file in it'
  if (DEVICES.test(realpathSync(dirname(path))) || (target && !target.isFile()))
    return 'is not a regular file: use --dry-run and redirect its output'
  return undefined
}

/**
 * Puts a text at a path in one step: a reader sees the old file or the new one, whole, and a failure leaves the old one.
 *
 * Throws the system's error when the directory cannot be written or the disk is full.
 */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const { name, fd, removeCallback } = tmp.fileSync({ tmpdir: dirname(path), prefix: '.apisix-mesh-agent' })
  try {
    writeFileSync(fd, text)
    fchmodSync(fd, mode)
    fsyncSync(fd)
    renameSync(name, path)
  } finally {
    removeCallback()
  }
}

const statOf = (path: string) => statSync(path, { throwIfNoEntry: false })
const linkAt = (path: string) => lstatSync(path, { throwIfNoEntry: false })
