import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const FROM = / from '(\.[^']+)';$/gm
const REEXPORT = /^export type \{ ([^}]*) \}/gm
const DECLARATION =
  /(?:^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^export (?:declare )?(?:class|const|function|interface|type) (\w+)[\s\S]*?(?=^\/\*\*|^export |(?![\s\S]))/gm

/**
 * The types of the library in one file: its own declarations, and those of other files that these name.
 *
 * @param folder where the compiler has put one file of declarations for each source
 */
function bundleTypes(folder: string): string {
  const entry = join(folder, 'index.d.ts')
  const known = new Map<string, string>()
  for (const file of filesFrom(entry))
    for (const [text, name = ''] of readFileSync(file, 'utf8').matchAll(DECLARATION)) {
      if (known.has(name)) throw new Error(`two declarations are called ${name}`)
      known.set(name, text.trim())
    }
  const own = readFileSync(entry, 'utf8')
  const exported = new Set([
    ...[...own.matchAll(REEXPORT)].flatMap(([, names = '']) => names.split(', ')),
    ...[...own.matchAll(DECLARATION)].map(([, name = '']) => name),
  ])
  const needed = new Set(exported)
  for (const name of needed)
    for (const [word] of (known.get(name) ?? '').replace(/\/\*\*[\s\S]*?\*\//g, '').matchAll(/\w+/g))
      if (known.has(word)) needed.add(word)
  const declarations = [...needed].map((name) => {
    const text = known.get(name)
    if (text === undefined) throw new Error(`there is no declaration of ${name}`)
    return exported.has(name) ? text : text.replace(/^export (?:declare )?/m, 'declare ')
  })
  return `${declarations.join('\n\n')}\n\nexport {};\n`
}

/** A file of declarations and all that it imports, further and further. */
function filesFrom(entry: string): Set<string> {
  const files = new Set([entry])
  for (const file of files)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(FROM))
      files.add(`${join(dirname(file), path)}.d.ts`)
  return files
}

const FOLDER = 'dist/types'
writeFileSync('dist/index.d.ts', bundleTypes(FOLDER))
rmSync(FOLDER, { recursive: true })
