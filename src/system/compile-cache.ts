import { existsSync, lstatSync, mkdirSync } from 'node:fs'
import module from 'node:module'

/** Since Node.js 22.1. */
const { enableCompileCache } = module as { enableCompileCache?: (folder: string) => void }

/** Lets Node.js keep the compiled program, where the user has a folder for it: a start takes a tenth less. */
export function keepCompiled(env: NodeJS.ProcessEnv): void {
  const folder = enableCompileCache && cacheFolder(env)
  if (folder) enableCompileCache(folder)
}

/**
 * The user's cache folder for this program, made if need be; undefined where there can be none.
 *
 * Whoever can write there writes code that this user runs: it and the folder that it is in have to be the user's alone.
 */
export function cacheFolder({ XDG_CACHE_HOME, HOME }: NodeJS.ProcessEnv): string | undefined {
  const parent = XDG_CACHE_HOME || (HOME && `${HOME}/.cache`)
  if (!parent?.startsWith('/') || parent === '//.cache') return undefined
  const folder = `${parent}/apisix-mesh-agent`
  try {
    for (const path of [parent, folder]) makeOwn(path)
    return isOwn(parent, 0o022) && isOwn(folder, 0o077) ? folder : undefined
  } catch {
    // A file system that cannot be written, say: then nothing is kept.
    return undefined
  }
}

/** Not those that it is in: below /proc Node.js 20 would try for ever. */
function makeOwn(path: string): void {
  if (!existsSync(path)) mkdirSync(path, 0o700)
}

/** Whether a folder is the user's own, none of these rights is anybody's, and it is no link. */
function isOwn(path: string, rights: number): boolean {
  const found = lstatSync(path)
  return found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & rights) === 0
}
