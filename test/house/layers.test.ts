import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** The folders of `src/`, from the top down, as its README lists them. */
const FOLDERS = [...readFileSync('src/README.md', 'utf8').matchAll(/^\| `(\w+)\/` \|/gm)].map(([, name = '']) => name)

/** The files of `src/`, each with the files of `src/` that it imports. */
const IMPORTS = new Map(
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.startsWith('build/'))
    .map((name) => [name, importsOf(name)]),
)

function importsOf(name: string): string[] {
  const text = readFileSync(join('src', name), 'utf8')
  const paths = [...text.matchAll(/^(?:import|export)\b[^'"]*?from '(\.[^']*)'|^import '(\.[^']*)'/gms)]
  return paths
    .map(([, from, alone]) => relative('src', join('src', dirname(name), from ?? alone ?? '')))
    .filter((path) => !path.startsWith('..'))
    .map((path) => `${path}.ts`)
}

const folderOf = (name: string) => (name.includes('/') ? (name.split('/')[0] as string) : '')

test('every folder is in the table', () => {
  const there = [...new Set([...IMPORTS.keys()].map(folderOf))].filter(Boolean)
  assert.equal(there.sort(), [...FOLDERS].sort())
})

for (const [at, folder] of FOLDERS.entries())
  test(`${folder}/ imports from what is below it`, () => {
    const above = new Set(['', ...FOLDERS.slice(0, at)])
    for (const [name, imported] of IMPORTS)
      if (folderOf(name) === folder)
        for (const each of imported) assert.not.ok(above.has(folderOf(each)), `${name} imports ${each}`)
  })

test('no file imports another in a circle', () => {
  const done = new Set<string>()
  function visit(name: string, path: string[]): void {
    assert.not.ok(path.includes(name), [...path, name].join(' → '))
    if (done.has(name)) return
    for (const each of IMPORTS.get(name) ?? []) visit(each, [...path, name])
    done.add(name)
  }
  for (const name of IMPORTS.keys()) visit(name, [])
})

test('what is imported is there', () => {
  for (const [name, imported] of IMPORTS) for (const each of imported) assert.ok(IMPORTS.has(each), `${name}: ${each}`)
})

test.run()
