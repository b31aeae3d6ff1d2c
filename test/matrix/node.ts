import { execFile } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { workshop } from '../workshop'
import type { Version } from './downloads'
import { type Job, type Result, skipped } from './report'

/** A column, and the words for test/run.ts behind it. */
type Part = [column: string, words: string[]]

const kernel = (file: string): Part => ['kernel tests, some', [`kernel/${file}.`]]
const ALL: Part[] = [
  ['pure tests', ['--skip', 'kernel']],
  ...['examples', 'check', 'confirm-ended', 'idempotent', 'precheck'].map(kernel),
]
const SHORT: Part[] = [['golden files', ['golden/golden', '--skip', 'kernel']], kernel('examples')]

/** The pure tests and some of the kernel tests with each version; short, some of both. */
export const nodeJobs = (versions: Version[], isShort: boolean): Job[] =>
  versions.flatMap(({ name, folder, lack }) =>
    (isShort ? SHORT : ALL).map(([column, words]) =>
      lack
        ? skipped(name, [column], lack)
        : { row: name, columns: [column], work: async () => [await run(name, folder, column, words)] },
    ),
  )

/** The line of a file whose tests have all passed. */
const WHOLE = /\((\d+) \/ \1\)$/

function run(row: string, folder: string, column: string, words: string[]): Promise<Result> {
  const node = readable(folder)
  const env = { ...process.env, PATH: `${node}:${process.env.PATH}` }
  const args = [require.resolve('tsx/cli'), 'test/run.ts', ...words]
  return new Promise((resolve) => {
    execFile(join(node, 'node'), args, { env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      const told = stdout.split('\n').filter((line) => !WHOLE.test(line))
      const detail = `test/run.ts ${words.join(' ')}:\n${told.join('\n')}${stderr}`
      resolve(error ? { row, column, state: 'failed', detail } : { row, column, state: 'passed' })
    })
  })
}

const copies = new Map<string, string>()

/** A copy from where every user may start it, as the kernel tests do. */
function readable(folder: string): string {
  const copy = copies.get(folder) ?? workshop('node')
  if (!copies.has(folder)) copyFileSync(join(folder, 'node'), join(copy, 'node'))
  copies.set(folder, copy)
  return copy
}
