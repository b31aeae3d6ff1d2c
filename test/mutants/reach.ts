/** Which test files run the code of a mutant: learnt from a copy of the project that notes it, once for the same sources. */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Copy, copyProject } from './copies'
import { type Drawn, filesOf } from './draw'

export interface TestFile {
  file: string
  /** Of the sources, of itself and of its helpers, when it was looked at. */
  key: string
  milliseconds: number
  /** Whether it passes without a mutant, in a copy. */
  passes: boolean
  /** Whether it runs what is built, besides the sources. */
  runsBuild: boolean
  /** Mutants, by their number. */
  reached: number[]
}

const PATIENCE = 300_000

/** @param say hears of each test file that is looked at */
export async function findReach(root: string, drawn: Drawn[], say: (text: string) => void): Promise<TestFile[]> {
  const memory = join(root, 'node_modules/.cache/mutants-reach.json')
  const known = new Map((readJson(memory) as TestFile[]).map((each) => [each.key, each]))
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  const sources = hash(
    JSON.stringify(drawn.map(({ file, start, end }) => [file, start, end])),
    ...filesOf(root).map((file) => readFileSync(join(root, file))),
  )
  const tests: TestFile[] = []
  let copy: Copy | undefined
  let plain: Copy | undefined
  for (const file of files.filter((each) => /^(?!kernel|mutants).*\.test\.ts$/.test(each)).sort()) {
    const texts = withHelpers(join(root, 'test', file)).map((each) => readFileSync(each, 'utf8'))
    const key = hash(sources, file, ...texts)
    if (!known.has(key)) {
      copy ??= await copyThatNotes(root, drawn)
      const seen = await look(copy, file)
      // The notes themselves may make it fail.
      if (!seen.passes) {
        plain ??= copyProject(root)
        seen.passes = (await look(plain, file)).passes
      }
      const runsBuild = texts.some((text) => text.includes('dist/'))
      known.set(key, { file, key, ...seen, runsBuild })
      say(`looked at ${file}: ${seen.milliseconds} ms`)
    }
    tests.push(known.get(key) as TestFile)
  }
  mkdirSync(dirname(memory), { recursive: true })
  writeFileSync(memory, JSON.stringify(tests))
  return tests
}

/** What a JSON file has; nothing when there is none. */
export function readJson(file: string): unknown[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return []
  }
}

const hash = (...parts: (string | Buffer)[]) => {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(part).update('\0')
  return sum.digest('hex')
}

const notesOf = ({ temporary }: Copy) => join(temporary, 'notes')

async function look(copy: Copy, file: string): Promise<Pick<TestFile, 'milliseconds' | 'passes' | 'reached'>> {
  const notes = notesOf(copy)
  writeFileSync(notes, '')
  // Some tests run the program as another user.
  chmodSync(notes, 0o666)
  const runner = copy.start()
  const started = performance.now()
  const count = await runner.run(file, PATIENCE)
  const milliseconds = Math.round(performance.now() - started)
  const reached = [...new Set(readFileSync(notes, 'utf8').split('\n').filter(Boolean).map(Number))]
  await runner.end()
  return { milliseconds, passes: count?.failed === 0, reached }
}

/** A test file, and what it imports that is no source. */
function withHelpers(test: string): string[] {
  const found = new Set([test])
  for (const file of found)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/ from '(\.{1,2}\/[^']+)'/g)) {
      const imported = join(dirname(file), `${path}.ts`)
      if (imported.includes('/test/') && existsSync(imported)) found.add(imported)
    }
  return [...found]
}

async function copyThatNotes(root: string, drawn: Drawn[]): Promise<Copy> {
  const copy = copyProject(root)
  for (const file of filesOf(root).filter((each) => each.endsWith('.ts')))
    copy.write(file, noting(readFileSync(join(root, file), 'utf8'), file, drawn, notesOf(copy)))
  if (!(await copy.build())) throw new Error(`the build fails in ${copy.folder}`)
  return copy
}

/** The source with a note before each place that is mutated. */
function noting(text: string, file: string, drawn: Drawn[], notes: string): string {
  const places = drawn.flatMap(({ id, around, ...each }) =>
    each.file === file && around ? [{ ids: [id], ...around }] : [],
  )
  for (const [, name = '', template] of text.matchAll(/^import (\w+) from '(?:\.\.\/)*(.*\.hbs)'$/gm)) {
    const ids = drawn.filter((each) => each.file === template).map(({ id }) => id)
    for (const { index } of text.matchAll(new RegExp(`(?<!import )\\b${name}\\b`, 'g')))
      places.push({ ids, start: index, end: index + name.length, isStatement: false })
  }
  // What is around others comes first.
  places.sort((one, other) => one.start - other.start || other.end - one.end || (one.isStatement ? -1 : 1))
  const [opened, closed]: [string[], string[]] = [[], []]
  for (const { ids, start, end, isStatement } of places) {
    opened[start] = (opened[start] ?? '') + (isStatement ? `{ note__(${ids}); ` : `(note__(${ids}), `)
    closed[end] = (isStatement ? ' }' : ')') + (closed[end] ?? '')
  }
  let noted = ''
  for (let at = 0; at <= text.length; at++) noted += (closed[at] ?? '') + (opened[at] ?? '') + text.charAt(at)
  return `${noted}
    import * as fs__ from 'node:fs'
    function note__(...ids: number[]) {
      const noted: Set<number> = ((globalThis as any).noted__ ??= new Set())
      for (const id of ids.filter((each) => !noted.has(each)))
        try { fs__.appendFileSync(${JSON.stringify(notes)}, noted.add(id) && \`\${id}\\n\`) } catch {}
    }
  `
}
