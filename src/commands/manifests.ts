import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../diagnostics/user-error'
import { quote, reasonOf } from '../system/text'
import { textAt } from './access'
import type { Session } from './session'

/** A file of manifests, or what came from stdin. */
export interface ManifestFile {
  /** For messages. */
  name: string
  text: string
}

const MANIFEST = /\.(?:ya?ml|json)$/i

/** The texts at the paths, those of a folder in the order of their names; stdin for `-`, or without a path. */
export async function readManifestFiles(session: Session, paths: readonly string[]): Promise<ManifestFile[]> {
  const { stdin } = session.context
  if (paths.length === 0 && 'isTTY' in stdin && stdin.isTTY)
    throw new UserError('there is no file, and stdin is a terminal', {
      remedy: 'Use `apisix-mesh-agent inject FILE…`, or a pipe',
    })
  const files: ManifestFile[] = []
  for (const path of paths.length === 0 ? ['-'] : paths)
    try {
      for (const file of isFolder(path) ? filesIn(path) : [path]) files.push(await readFile(session, file))
    } catch (error) {
      if (error instanceof UserError) throw error
      throw new UserError(`${quote(path)} cannot be read: ${reasonOf(error)}`)
    }
  return files
}

const isFolder = (path: string) => path !== '-' && statSync(path).isDirectory()

function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => MANIFEST.test(name))
  const files = names.toSorted().map((name) => join(folder, name))
  if (files.length === 0) throw new Error('the folder holds no .yaml, .yml or .json file')
  return files
}

async function readFile(session: Session, path: string): Promise<ManifestFile> {
  const text = await textAt(session, path)
  // What is no UTF-8 would come out changed.
  if (text.includes('\ufffd')) throw new Error(`${path === '-' ? 'it' : quote(path)} is not in UTF-8`)
  return { name: path === '-' ? 'stdin' : path, text }
}

/** Texts as one stream of documents; a single one as it is. */
export function joined(texts: readonly string[]): string {
  return texts.reduce((all, text) => {
    const ended = all === '' || all.endsWith('\n') ? all : `${all}\n`
    return /^\ufeff?---(?:\s|$)/.test(text) || ended === '' ? ended + text : `${ended}---\n${text}`
  }, '')
}
