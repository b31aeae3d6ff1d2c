import { spawn } from 'node:child_process'

/** How a process ended. */
export interface Ended {
  /** The exit status; null when a signal ended the process. */
  status: number | null
  stdout: string
  stderr: string
  /** Set when the process was ended by us because its time was up. */
  late: boolean
}

export interface RunOptions {
  /** What the process reads; nothing by default. */
  input?: string
  /** Milliseconds after which the process is killed. */
  timeout?: number
}

/**
 * Starts a program, without a shell, and gives back how it ended.
 *
 * Rejects with the system's error (`ENOENT`, `EACCES`, …) when it cannot be started.
 */
export type Run = (program: string, args: string[], options?: RunOptions) => Promise<Ended>

export const run: Run = (program, args, { input = '', timeout = 30_000 } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { PATH: process.env.PATH, LC_ALL: 'C' }, stdio: 'pipe' })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, timeout)
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (status) => {
      clearTimeout(timer)
      resolve({ status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), late })
    })
    child.stdout.on('data', (data) => stdout.push(data))
    child.stderr.on('data', (data) => stderr.push(data))
    // A program that ends before it has read everything says why by its status.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
