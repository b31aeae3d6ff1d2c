import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

/** How a process ended. */
export interface Ended {
  /** The exit status; null when a signal ended the process. */
  status: number | null
  stdout: string
  stderr: string
  /** Set when we ended the process because its time was up. */
  late: boolean
}

export interface RunOptions {
  /** What the process reads; nothing by default. */
  input?: string
  /** Is given what the process prints, as it comes; `stdout` is empty then. */
  reads?: (text: string) => void
  /** Milliseconds after which the process is killed. */
  timeout?: number
}

/**
 * Starts a program, without a shell, and gives back how it ended.
 *
 * Rejects with the system's error (`ENOENT`, `EACCES`, …) when it cannot be started.
 */
export type Run = (program: string, args: string[], options?: RunOptions) => Promise<Ended>

const running = new Set<ChildProcess>()

export const run: Run = (program, args, { input = '', timeout = 30_000, reads } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment(), stdio: 'pipe' })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    const settle = (status: number | null, late = false) => {
      clearTimeout(timer)
      running.delete(child)
      resolve({ status, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString(), late })
    }
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      // What the process started may live on and hold its ends of the pipes.
      for (const pipe of child.stdio) pipe?.destroy()
      settle(null, true)
    }, timeout)
    running.add(child)
    child.on('error', (error) => {
      clearTimeout(timer)
      running.delete(child)
      reject(error)
    })
    child.on('close', (status) => settle(status))
    if (reads) child.stdout.setEncoding('utf8').on('data', reads)
    else child.stdout.on('data', (data) => stdout.push(data))
    child.stderr.on('data', (data) => stderr.push(data))
    // A program that ends before it has read everything says why by its status.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })

/** The line of a name or id in one of the system's databases, as NSS knows it; empty when there is none, or no getent. */
export type Getent = (database: 'passwd' | 'group', key: string) => string

export const getent: Getent = (database, key) =>
  spawnSync('getent', [database, key], { env: environment(), timeout: 5_000, encoding: 'utf8' }).stdout ?? ''

const environment = () => ({ PATH: process.env.PATH, LC_ALL: 'C' })

/** Kills what is running and resolves when it has ended. A document that was being loaded is in force whole, or not at all. */
export async function stopAll(): Promise<void> {
  await Promise.all(
    [...running].map((child) => {
      child.kill('SIGKILL')
      return new Promise((resolve) => child.once('exit', resolve))
    }),
  )
}
