/**
 * Changes the product in one place at a time, and runs the test files that run this place until one fails.
 *
 * Fails when a mutant survives that `judged.json` does not have, or fewer than 90 % are killed. Options: `--seed N`, `--count N`,
 * `--workers N`, and a part of the paths of the files that are mutated.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Copy, copyProject } from './copies'
import { type Drawn, draw } from './draw'
import { findReach, readJson, type TestFile } from './reach'
import { type Judgement, judgementOf, type Result, type Verdict, writeTable } from './results'

const ROOT = join(__dirname, '../..')
const DEFAULTS = { seed: '1', count: '320', workers: `${availableParallelism()}` }
const AT_LEAST = 0.9

/** What takes longer, in milliseconds, runs only for sources of its own folder. */
const LONG = 10_000

/** After which a mutant is taken to run forever, in milliseconds: no machine is that busy. */
const limitOf = ({ milliseconds }: TestFile) => 60_000 + 10 * milliseconds

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: DEFAULTS.seed },
      count: { type: 'string', default: DEFAULTS.count },
      workers: { type: 'string', default: DEFAULTS.workers },
    },
  })
  const started = performance.now()
  const [word = ''] = positionals
  const drawn = draw(ROOT, { seed: Number(values.seed), count: Number(values.count), word })
  say(`${drawn.length} mutants`)
  const tests = await findReach(ROOT, drawn, say)
  for (const { file } of tests.filter(({ passes }) => !passes)) say(`left out, since it fails in a copy: ${file}`)
  const memory = join(ROOT, 'node_modules/.cache/mutants-killers.json')
  const killers: Killers = new Map(readJson(memory) as [string, Killer][])
  const judged = readJson(join(__dirname, 'judged.json')) as Judgement[]
  const results: Result[] = []
  const waiting = [...drawn]
  await Promise.all(
    Array.from({ length: Number(values.workers) }, async () => {
      const copy = copyProject(ROOT)
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const begun = performance.now()
        const judgement = judgementOf(mutant, judged)
        const verdict: Verdict = judgement
          ? { is: 'judged', by: judgement.reason }
          : await tryMutant(copy, mutant, tests, killers)
        results.push({ mutant, verdict })
        const test = tests.find(({ file }) => verdict.is === 'killed' && file === verdict.by)
        if (test) killers.set(where(mutant), { test: test.file, key: test.key })
        writeFileSync(memory, JSON.stringify([...killers]))
        const seconds = ((performance.now() - begun) / 1000).toFixed(1)
        say(`${results.length} ${where(mutant)} ${verdict.is}: ${verdict.by} (${seconds} s)`)
      }
    }),
  )
  const killed = results.filter(({ verdict }) => verdict.is === 'killed').length
  const survived = results.filter(({ verdict }) => verdict.is === 'survived')
  for (const { mutant } of survived) say(`\nsurvived: ${where(mutant)}\n  ${mutant.line}`)
  const minutes = Math.round((performance.now() - started) / 60_000)
  say(`\n${killed} of ${results.length} killed, ${survived.length} survived that nobody has judged, ${minutes} minutes`)
  if (word === '' && values.seed === DEFAULTS.seed && values.count === DEFAULTS.count)
    writeTable(join(__dirname, 'README.md'), results)
  process.exitCode = survived.length > 0 || killed < AT_LEAST * results.length ? 1 : 0
}

const where = ({ file, lineNumber, change }: Drawn) => `${file}:${lineNumber} ${change}`

const say = (text: string) => process.stdout.write(`${text}\n`)

/** What killed a mutant, and its key: with the same one it does so again. */
interface Killer {
  test: string
  key: string
}

type Killers = Map<string, Killer>

/** Nearest tests first, of these the fastest, and before all others the one that killed it the last time. */
async function tryMutant(copy: Copy, mutant: Drawn, tests: TestFile[], killers: Killers): Promise<Verdict> {
  const last = killers.get(where(mutant))
  if (last && tests.some(({ key }) => key === last.key)) return { is: 'killed', by: last.test }
  const reaching = tests
    .filter(({ passes, reached }) => passes && reached.includes(mutant.id))
    .map((test) => ({ ...test, rank: test.file === last?.test ? 0 : isNear(test, mutant) ? 1 : 2 }))
    .filter(({ rank, milliseconds }) => rank < 2 || milliseconds <= LONG)
    .sort((one, other) => one.rank - other.rank || one.milliseconds - other.milliseconds)
  if (reaching.length === 0) return { is: 'survived', by: 'no test runs it' }
  copy.write(mutant.file, mutant.mutated)
  const killer = await firstToFail(copy, reaching)
  copy.write(mutant.file, mutant.original)
  return killer ? { is: 'killed', by: killer } : { is: 'survived', by: `${reaching.length} test files pass` }
}

/** `test/script/` is near `src/script/`, `src/render/script.ts` and `templates/script-compare.hbs`. */
const isNear = ({ file }: TestFile, mutant: Drawn) => mutant.file.split(/[/.-]/).includes(file.split('/')[0] as string)

async function firstToFail(copy: Copy, tests: TestFile[]): Promise<string | undefined> {
  const runner = copy.start()
  try {
    let isBuilt = false
    for (const test of tests) {
      if (test.runsBuild && !isBuilt) {
        isBuilt = await copy.build()
        if (!isBuilt) return 'the build'
      }
      const count = await runner.run(test.file, limitOf(test))
      if (count?.failed !== 0) return test.file
    }
    return undefined
  } finally {
    await runner.end()
  }
}

// So that the copies are removed.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
