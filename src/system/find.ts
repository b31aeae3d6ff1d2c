import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Where the packages of all distributions put tools for root, also when PATH does not say so. */
const ALWAYS = ['/usr/sbin', '/sbin']

/** The first executable of that name on PATH, in /usr/sbin or in /sbin; undefined when there is none. */
export function find(tool: string, path = ''): string | undefined {
  const folders = [...path.split(':').filter((folder) => folder.startsWith('/')), ...ALWAYS]
  return folders.map((folder) => join(folder, tool)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
