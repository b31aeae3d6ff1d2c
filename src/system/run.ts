import { type ChildProcess, type StdioOptions, spawn, spawnSync } from 'node:child_process'
import type { Socket } from 'node:net'
import { absolute } from './find'

/** How a process ended. */
export interface Ended {
  /** The exit status; null when a signal ended the process. */
  status: number | null
  stdout: string
  stderr: string
  /** Set when we ended the process because its time was up. */
  late: boolean
  /** Set when we ended the process because it printed more than `MOST`. */
  excess?: boolean
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

/** Bytes that a process may print: half a million rules. */
const MOST = 64 * 2 ** 20
/** Bytes of stderr that are kept. */
const MAX_STDERR_BYTES = 4_000

const running = new Set<ChildProcess>()
/** Set when this process is about to end: nothing is started any more, and nobody hears of it. */
let isStopping = false

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
export type Signal = keyof typeof SIGNALS

let stopped: ((signal: Signal) => void) | undefined

/**
 * Says what is called when a signal ends this process while a program runs; the status is 128 plus the number of the signal.
 *
 * At all other times a signal has its own action, which is to end the process at once: then nothing has to be stopped, and
 * reading or writing may block. Where this is not called, signals are left alone.
 */
export function whenStopped(work: (signal: Signal) => void): void {
  stopped = work
  // The first process of a container would ignore the signal.
  if (process.pid === 1) for (const signal of Object.keys(SIGNALS)) process.once(signal, end)
}

async function end(signal: Signal): Promise<void> {
  await stopAll()
  stopped?.(signal)
  process.exit(128 + SIGNALS[signal])
}

/** Signals are ours from before a program is started until the last one has ended. */
function watchSignals(isNeeded = running.size > 0): void {
  if (process.pid === 1 || !stopped) return
  for (const signal of Object.keys(SIGNALS)) {
    process.off(signal, end)
    if (isNeeded) process.on(signal, end)
  }
}

/** What every program that is started holds open, until it ends. */
let held: number | undefined

/**
 * Has every program that is started from now on hold a connection open as well, until it ends: whoever is at the other end sees
 * it closed when this process and the last of these are gone, also when this one is killed. Nothing without one.
 */
export function holdOpen(connection: Socket | undefined): void {
  // By its number: of a socket itself that a program is given, Node.js would not read any more.
  held = (connection as unknown as { _handle?: { fd?: number } } | undefined)?._handle?.fd
}

/** The same, with a deadline (ms, as of `Date.now()`) for what has none of its own. */
export const until =
  (deadline: number, run: Run): Run =>
  (program, args, options = {}) =>
    run(program, args, { timeout: Math.max(1, deadline - Date.now()), ...options })

export const run: Run = (program, args, { input = '', timeout = 30_000, reads } = {}) =>
  new Promise((resolve, reject) => {
    if (isStopping) return
    // A pipe that nothing goes through costs 1 ms.
    const stdin = input === '' ? 'ignore' : 'pipe'
    const stdio: StdioOptions = [stdin, 'pipe', 'pipe', ...(held === undefined ? [] : [held])]
    // Before the program is started: a signal in between would leave it running.
    watchSignals(true)
    const child = spawn(program, args, { env: environment(), stdio, detached: true })
    const stdout: Buffer[] = []
    let stderr = Buffer.alloc(0)
    let printed = 0
    const settle = (status: number | null, { late = false, excess = false } = {}) => {
      clearTimeout(timer)
      running.delete(child)
      watchSignals()
      resolve({ status, stdout: Buffer.concat(stdout).toString(), stderr: stderr.toString(), late, excess })
    }
    const stop = (why: { late: true } | { excess: true }) => {
      kill(child)
      // Who left the group may live on and hold the ends of the pipes.
      for (const pipe of child.stdio) pipe?.destroy()
      settle(null, why)
    }
    const timer = setTimeout(() => stop({ late: true }), timeout)
    const count = (data: Buffer | string) => {
      printed += data.length
      if (printed > MOST) stop({ excess: true })
    }
    running.add(child)
    child.on('error', (error) => {
      clearTimeout(timer)
      running.delete(child)
      watchSignals()
      reject(error)
    })
    child.on('close', (status) => settle(status))
    // Without a descriptor left there are no pipes.
    if (!child.stdout || !child.stderr) return
    child.stdout.on('data', count)
    child.stderr.on('data', count)
    if (reads) child.stdout.setEncoding('utf8').on('data', reads)
    else child.stdout.on('data', (data) => stdout.push(data))
    child.stderr.on('data', (data) => {
      stderr = Buffer.concat([stderr, data]).subarray(0, MAX_STDERR_BYTES)
    })
    // A program that ends before it has read everything says why by its status.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })

/** The line of a name or id in one of the system's databases, as NSS knows it; empty when there is none, or no getent. */
export type Getent = (database: 'passwd' | 'group', key: string) => string

export const getent: Getent = (database, key) =>
  spawnSync('getent', [database, key], {
    env: environment(),
    timeout: 5_000,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  }).stdout ?? ''

/** All of the environment that the tools see. */
const environment = () => ({ PATH: absolute(process.env.PATH).join(':') || undefined, LC_ALL: 'C' })

/** Kills a process with what it has started, which would go on by itself: a wrapper around a tool, say. */
function kill({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** Kills what is running and resolves when it has ended. A document that was being loaded is active whole, or not at all. */
async function stopAll(): Promise<void> {
  isStopping = true
  await Promise.all(
    [...running].map((child) => {
      kill(child)
      if (child.exitCode !== null || child.signalCode !== null) return undefined
      return new Promise((resolve) => child.once('exit', resolve))
    }),
  )
}
