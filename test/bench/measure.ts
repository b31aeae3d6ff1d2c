import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workshop } from '../workshop'

/** One process to start: what is run, what it reads, and what is added to its environment. */
export interface Step {
  argv: string[]
  input?: string
  env?: NodeJS.ProcessEnv
}

/** A sequence of processes that is timed as a whole, after something that is not. */
export interface Task {
  prepare?: Step[]
  steps: Step[]
}

/** Two medians, in milliseconds, MB or µs, and the median of their ratios. */
export interface Ratio {
  one: number
  other: number
  ratio: number
}

/** Without it a start of Node.js costs 54 ms more, which hides the rest. */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env

/** Whole-process times in milliseconds: pairs of runs in turn, after one that is thrown away, so that drift hits both alike. */
export function compare(one: Task, other: Task, pairs: number): Ratio {
  return ratioOf(() => [milliseconds(one), milliseconds(other)], pairs)
}

export function ratioOf(measure: () => [one: number, other: number], pairs: number): Ratio {
  const measured: [number, number][] = []
  for (let pair = -1; pair < pairs; pair++) {
    const both = measure()
    if (pair >= 0 || pairs === 0) measured.push(both)
  }
  return {
    ratio: median(measured.map(([a, b]) => a / b)),
    one: median(measured.map(([a]) => a)),
    other: median(measured.map(([, b]) => b)),
  }
}

/** Runs a process that has to succeed, and gives what it said on stderr. */
export function run({ argv: [program = '', ...args], input = '', env }: Step): string {
  const { status, stderr, error } = spawnSync(program, args, {
    input,
    env: { ...environment, ...env },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ').slice(0, 200)} ended with ${status}: ${stderr || error}`)
  return stderr
}

/**
 * How long a task takes in a small shell, where a user would run it: starting a process from this one, of 100 MB, takes 5 ms
 * more than from there, and would hide a good part of every difference.
 */
function milliseconds({ prepare = [], steps }: Task): number {
  for (const step of prepare) run(step)
  const script = ['start=$EPOCHREALTIME', ...steps.map(commandOf), 'echo $start $EPOCHREALTIME'].join('\n')
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], {
    env: { ...environment, LC_ALL: 'C' },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`)
  const [start = 0, end = 0] = stdout.split(' ').map(Number)
  return 1000 * (end - start)
}

function commandOf({ argv, input = '', env = {} }: Step): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${quoted(value ?? '')}`)
  return [...variables, ...argv.map(quoted), '<', fileOf(input), '>/dev/null || exit'].join(' ')
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

const folder = workshop('bench-input')
const files = new Map<string, string>()

/** A file that holds a text. */
function fileOf(text: string): string {
  const file = files.get(text) ?? join(folder, `${files.size}`)
  if (!files.has(text)) writeFileSync(file, text)
  files.set(text, file)
  return file
}

/** Linux tells maxRSS in KiB; the program itself says it when it ends. */
export function megabytes({ argv: [program = '', ...args], ...how }: Step): number {
  const said = run({ argv: [process.execPath, '--require', join(__dirname, 'memory.cjs'), program, ...args], ...how })
  return Number(/maxRSS (\d+)$/.exec(said)?.[1]) / 1024
}

export function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] as number
}
