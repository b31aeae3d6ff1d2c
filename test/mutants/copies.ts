/** Copies of the project in which tests run, where a mutant can do no harm: as root, nothing else can be written. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { workshop } from '../workshop'

export interface Copy {
  folder: string
  /** For temporary files. */
  temporary: string
  write(file: string, text: string): void
  /** A process that runs test files of the copy, one after the other, in namespaces of its own. */
  start(): Runner
  build(): Promise<boolean>
}

export interface Runner {
  /** How many tests failed, or 1 at the first; undefined when the process has ended, or has not answered in time. */
  run(test: string, limit: number): Promise<{ failed: number } | undefined>
  end(): Promise<void>
}

export function copyProject(root: string): Copy {
  // Temporary files are outside: above them no tool may find the project.
  const place = workshop('mutants')
  const [folder, temporary] = [join(place, 'project'), join(place, 'tmp')]
  for (const name of readdirSync(root).filter((each) => !['.git', 'node_modules'].includes(each)))
    cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(temporary, { mode: 0o755 })
  const env = { ...process.env, TMPDIR: temporary, CI: 'true', NO_SHRINKING: '1', HOME: temporary }
  const inside = (...command: string[]) => (process.getuid?.() === 0 ? [...SANDBOX, place, ...command] : command)
  return {
    folder,
    temporary,
    write: (file, text) => writeFileSync(join(folder, file), text),
    start() {
      const [program = '', ...args] = inside(process.execPath, ...process.execArgv, join(folder, 'test/run-file.ts'))
      const runner = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore', 'ipc'] })
      return {
        run: (test, limit) => answer(runner, test, limit),
        async end() {
          const isOver = runner.exitCode !== null || runner.signalCode !== null
          if (!isOver && runner.kill('SIGKILL')) await once(runner, 'exit')
          // tsx keeps what it has compiled.
          for (const name of readdirSync(temporary).filter((each) => !each.startsWith('tsx-')))
            rmSync(join(temporary, name), { recursive: true, force: true })
        },
      }
    },
    build() {
      const [program = '', ...args] = inside('npm', 'run', '-s', 'build')
      const building = spawn(program, args, { cwd: folder, env, stdio: 'ignore', timeout: 60_000 })
      // Types may be wrong, of which no test knows.
      return new Promise((resolve) => building.once('exit', () => resolve(existsSync(join(folder, 'dist/cli.cjs')))))
    },
  }
}

/** Ends all of its processes with the first. The shell waits for those that nobody else waits for. */
const SANDBOX = [
  ...['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'],
  'ip link set lo up && mount --bind "$0" "$0" && mount -o remount,bind,ro / && cd "$0/project" && "$@"; exit $?',
]

function answer(runner: ChildProcess, test: string, limit: number): Promise<{ failed: number } | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, limit)
    function finish(count?: unknown) {
      clearTimeout(timer)
      runner.off('exit', ended).off('message', finish).stdout?.off('data', hear)
      resolve(count as { failed: number } | undefined)
    }
    const ended = () => finish()
    // uvu says so at once, and goes on.
    const hear = (text: string) => text.includes('✘') && finish({ failed: 1 })
    if (runner.exitCode !== null || runner.signalCode !== null) return finish()
    runner.once('exit', ended).once('message', finish).stdout?.setEncoding('utf8').on('data', hear)
    runner.send(test)
  })
}
