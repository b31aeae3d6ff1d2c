import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import * as assert from 'uvu/assert'
import { COMMANDS } from '../src/all'
import type { Context } from '../src/commands/session'
import { main } from '../src/main'
import type { Getent, Run } from '../src/system/run'

export const FIXTURES = join(__dirname, '../fixtures')

export const fixture = (name: string) => readFileSync(join(FIXTURES, name), 'utf8')

/** No process may start unless a test says which. */
export const noProcess = (program: string) => {
  throw new Error(`a process was started: ${program}`)
}

/** Runs a command line in this process, as the executable does, and gives all that it says. */
export async function cli(
  argv: string[],
  {
    env = {},
    stdin = '',
    run = noProcess,
    getent = noProcess,
    colorDepth = 1,
    errorColorDepth = 1,
  }: {
    env?: NodeJS.ProcessEnv
    stdin?: string
    run?: Run
    getent?: Getent
    colorDepth?: number
    errorColorDepth?: number
  } = {},
) {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const context = {
    env,
    stdin: Readable.from([stdin]),
    stdout,
    stderr,
    colorDepth,
    errorColorDepth,
    run,
    getent,
  } as unknown as Context
  const status = await main(argv, context, COMMANDS)
  stdout.end()
  stderr.end()
  return { status, stdout: `${await buffer(stdout)}`, stderr: `${await buffer(stderr)}` }
}

/** The words of a command line; single quotes group. */
export const words = (line: string) => [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word)

/** Asserts equality to the byte with a file under `fixtures/golden`; `npm run golden` writes the files anew. */
export function golden(name: string, actual: string): void {
  const file = join(FIXTURES, 'golden', name)
  if (process.env.UPDATE_GOLDEN) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, actual)
  }
  let expected: string
  try {
    expected = readFileSync(file, 'utf8')
  } catch {
    throw new Error(`there is no fixtures/golden/${name}: npm run golden writes it`)
  }
  assert.fixture(actual, expected, `differs from fixtures/golden/${name}: npm run golden writes it anew`)
  assert.is(actual, expected)
}
