import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'

/** How a process ended. */
export interface Ended {
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Exec {
  input?: string
  path?: string
  /** Milliseconds after the start, and the signal that the process then gets. */
  interrupt?: { after: number; signal: NodeJS.Signals }
  /** Less of the processor, so that those who observe many at once get their share. */
  nice?: number
}

/** Longer than anything here takes: what hangs fails its test, not the run. */
const DEADLINE = { after: 60_000, signal: 'SIGKILL' } as const

/** Starts a program with nothing of the environment but PATH (and the name of the run), so that no variable of this machine changes a test. */
export function exec(
  argv: readonly string[],
  { input = '', path, interrupt = DEADLINE, nice = 0 }: Exec = {},
): Promise<Ended> {
  const [program = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment(path), stdio: 'pipe' })
    const timer = setTimeout(() => child.kill(interrupt.signal), interrupt.after)
    if (child.pid && nice > 0) setPriority(child.pid, nice)
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (data) => stdout.push(data))
    child.stderr.on('data', (data) => stderr.push(data))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', (status, signal) => {
      clearTimeout(timer)
      resolve({ status, signal, stdout: `${Buffer.concat(stdout)}`, stderr: `${Buffer.concat(stderr)}` })
    })
  })
}

export function environment(path = process.env.PATH) {
  return { PATH: `${path}:/usr/sbin:/sbin`, LC_ALL: 'C', TEST_RUN: process.env.TEST_RUN }
}

/** What a process that had to succeed printed; a failed one fails the test, with its own words. */
export async function succeeded(ending: Promise<Ended>): Promise<string> {
  const { status, signal, stdout, stderr } = await ending
  if (status !== 0) throw new Error(`should have ended with 0, ended with ${status ?? signal}:\n${stderr}`)
  return stdout
}
