import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type Ended, type Exec, environment, exec, succeeded } from './exec'
import type { Tools } from './tools'

/** A network namespace of the test's own: everything that a test does to rules it does in one of these. */
export interface Namespace {
  tools: Tools
  /** Names the namespace: `/proc/PID/ns/net`. */
  file: string
  /** Runs a program in it; the tools of the backend come first on PATH. */
  run(argv: string[], how?: In): Promise<Ended>
  /** The same, for a program that has to succeed; gives its stdout. */
  must(argv: string[], how?: In): Promise<string>
  /** Starts a program that stays, and ends when its stdin does. */
  start(argv: string[], owner?: string): ChildProcess
  end(): Promise<void>
}

export interface In extends Exec {
  /** Who runs it, as `UID:GID`; root by default. */
  owner?: string
}

/** Held by a process that ends with our end of its stdin: a killed test run leaves nothing behind. */
export async function createNamespace(tools: Tools): Promise<Namespace> {
  const hold = ['-n', 'sh', '-c', 'ip link set lo up && echo up && exec cat']
  const holder = spawn('unshare', hold, { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] })
  await once(holder.stdout, 'data')
  const file = `/proc/${holder.pid}/ns/net`
  const enter = (argv: string[], owner?: string) => ['nsenter', `--net=${file}`, ...as(owner), ...argv]
  const run = (argv: string[], { owner, ...how }: In = {}) => exec(enter(argv, owner), { path: tools.path, ...how })
  return {
    tools,
    file,
    run,
    must: (argv, how) => succeeded(run(argv, how)),
    start(argv, owner) {
      const [program = '', ...args] = enter(argv, owner)
      return spawn(program, args, { env: environment(tools.path), stdio: 'pipe' })
    },
    async end() {
      if (holder.exitCode !== null) return
      holder.stdin.end()
      await once(holder, 'exit')
    },
  }
}

function as(owner?: string): string[] {
  if (!owner) return []
  const [uid, gid] = owner.split(':')
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
}

/** Joins two namespaces by a cable, with the given addresses at its ends. */
export async function join([left, right]: [Namespace, Namespace], [near, far]: [string[], string[]]) {
  const pid = right.file.split('/')[2] ?? ''
  await batch(left, [`link add eth0 type veth peer name eth0 netns ${pid}`, ...up(near)])
  await batch(right, up(far))
}

const up = (addresses: string[]) => [
  ...addresses.map((address) => `address add ${address} dev eth0${address.includes(':') ? ' nodad' : ''}`),
  'link set eth0 up',
]

/** Many commands of `ip` in one process. */
const batch = (at: Namespace, commands: string[]) =>
  at.must(['ip', '-batch', '-'], { input: `${commands.join('\n')}\n` })
