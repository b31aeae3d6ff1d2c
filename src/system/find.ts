import { accessSync, constants, existsSync } from 'node:fs'
import { join } from 'node:path'

/** Where the packages of all distributions put tools for root, also when PATH does not say so. */
const ALWAYS = ['/usr/sbin', '/sbin']

/** The entries of a PATH that name the same folders whatever the working directory is. */
export const absolute = (path = '') => path.split(':').filter((folder) => folder.startsWith('/'))

/** Whether a PATH leads into the working directory, by a relative or an empty entry. */
export const isRelative = (path: string | undefined) =>
  path !== undefined && absolute(path).length < path.split(':').length

/** The first executable of that name on PATH, in /usr/sbin or in /sbin; undefined when there is none. */
export function find(tool: string, path?: string): string | undefined {
  return [...absolute(path), ...ALWAYS].map((folder) => join(folder, tool)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  // An error takes longer than all of the looking.
  if (!existsSync(file)) return false
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
