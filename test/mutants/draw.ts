/** Draws mutants evenly over the files, in the same order for the same seed. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Handlebars from 'handlebars'
import type { SourceFile } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/sync'
import { apply, type Mutant, mutantsOf, mutantsOfTemplate } from './mutators'

export interface Drawn extends Mutant {
  /** Its number among the drawn ones. */
  id: number
  /** From the project's folder. */
  file: string
  /** The whole file, and with the mutation. */
  original: string
  mutated: string
  /** Where it is, without blanks around it, and the mutation, for readers and as its name in `judged.json`. */
  lineNumber: number
  line: string
  change: string
}

/** What the compiler says of names that are not used any more, and of code that is not reached. */
const HARMLESS = [6133, 6192, 6196, 6198, 7027]

/** @param word a part of the paths of the files that are mutated */
export function draw(root: string, { seed, count, word }: { seed: number; count: number; word: string }): Drawn[] {
  const compiler = openCompiler(root)
  const random = randomNumbers(seed)
  const left = new Map<string, Mutant[]>()
  for (const file of filesOf(root).filter((each) => each.includes(word))) {
    const mutants = file.endsWith('.hbs') ? mutantsOfTemplate(read(root, file)) : mutantsOf(compiler.sourceOf(file))
    left.set(file, shuffle(mutants, random))
  }
  const drawn: Drawn[] = []
  while (left.size > 0 && drawn.length < count)
    for (const [file, mutants] of left) {
      const text = read(root, file)
      const isValid = file.endsWith('.hbs') ? isTemplate : (changed: string) => compiler.accepts(file, changed)
      // In each round one for every 100 lines that a file has begun.
      for (let line = 0; line < text.split('\n').length && drawn.length < count; line += 100) {
        let mutant = mutants.pop()
        while (mutant && !isValid(apply(text, mutant))) mutant = mutants.pop()
        if (mutant) drawn.push(describe(drawn.length, file, text, mutant))
        else left.delete(file)
      }
    }
  compiler.close()
  return drawn
}

const read = (root: string, file: string) => readFileSync(join(root, file), 'utf8')

/** All of the product: what builds it is run by nobody else. */
export const filesOf = (root: string): string[] =>
  ['src', 'templates']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
    )
    .filter((file) => /\.(hbs|ts)$/.test(file) && !file.endsWith('.d.ts') && !file.startsWith('src/build/'))
    .sort()

function describe(id: number, file: string, text: string, mutant: Mutant): Drawn {
  const { start, end, replacement } = mutant
  const first = start + (/^\s*/.exec(text.slice(start, end)) as RegExpExecArray)[0].length
  const from = text.lastIndexOf('\n', first - 1) + 1
  return {
    ...mutant,
    id,
    file,
    original: text,
    mutated: apply(text, mutant),
    lineNumber: text.slice(0, from).split('\n').length,
    line: (text.slice(from).split('\n', 1)[0] as string).trim(),
    change: `${short(text.slice(start, end))} → ${short(replacement)}`,
  }
}

/** On one line. */
function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line.length > 90 ? `${line.slice(0, 50)} … ${line.slice(-35)}` : line || 'nothing'
}

function isTemplate(text: string): boolean {
  try {
    Handlebars.precompile(text)
    return true
  } catch {
    return false
  }
}

/** A mutant that does not compile would be found without any test. */
function openCompiler(root: string) {
  const changed: Record<string, string> = {}
  const api = new API({ cwd: root, fs: { readFile: (file) => changed[file] } })
  const config = join(root, 'tsconfig.json')
  let snapshot = api.updateSnapshot({ openProjects: [config] })
  const program = () => {
    const project = snapshot.getProject(config)
    if (!project) throw new Error(`${config} cannot be opened`)
    return project.program
  }
  function set(file: string, text: string | undefined) {
    if (text === undefined) delete changed[file]
    else changed[file] = text
    const before = snapshot
    snapshot = api.updateSnapshot({ fileChanges: { changed: [file] } })
    before.dispose()
  }
  return {
    sourceOf: (file: string) => program().getSourceFile(join(root, file)) as SourceFile,
    accepts(file: string, text: string): boolean {
      const path = join(root, file)
      set(path, text)
      const isAccepted =
        program().getSyntacticDiagnostics(path).length === 0 &&
        program()
          .getSemanticDiagnostics(path)
          .every(({ code }) => HARMLESS.includes(code))
      set(path, undefined)
      return isAccepted
    },
    close: () => api.close(),
  }
}

/** Mulberry32: numbers from 0 up to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffle<Item>(items: Item[], random: () => number): Item[] {
  return items
    .map((item) => [random(), item] as const)
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item)
}
