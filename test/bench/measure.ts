import { spawnSync } from 'node:child_process'

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

/** Without it a start of Node.js costs 54 ms more, which hides the rest. */
const { NODE_EXTRA_CA_CERTS: _, ...environment } = process.env

/** The ratio of two tasks' whole-process times: the median over pairs of runs in turn, so that drift hits both alike. */
export function ratio(one: Task, other: Task, pairs: number): { ratio: number; one: number; other: number } {
  const times: [number, number][] = []
  for (let pair = -1; pair < pairs; pair++) {
    const both: [number, number] = [milliseconds(one), milliseconds(other)]
    if (pair >= 0) times.push(both)
  }
  return {
    ratio: median(times.map(([a, b]) => a / b)),
    one: median(times.map(([a]) => a)),
    other: median(times.map(([, b]) => b)),
  }
}

export function run({ argv: [program = '', ...args], input = '', env }: Step): void {
  const { status, stderr } = spawnSync(program, args, { input, env: { ...environment, ...env }, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}: ${stderr}`)
}

function milliseconds({ prepare = [], steps }: Task): number {
  for (const step of prepare) run(step)
  const start = process.hrtime.bigint()
  for (const step of steps) run(step)
  return Number(process.hrtime.bigint() - start) / 1e6
}

function median(numbers: number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] as number
}
