import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A variable that names the run to every process that a test starts. */
const MARK = 'TEST_RUN'

/** A directory in which a run's temporary files are, and a look at what the run has left behind. */
export interface Watch {
  /** What tests run with. */
  env: NodeJS.ProcessEnv
  /** Removes the directory, and names the files, processes and mounts that are still there. */
  end(): string[]
}

export function watchLeftovers(): Watch {
  const folder = mkdtempSync(join(tmpdir(), 'test-run-'))
  chmodSync(folder, 0o755)
  const before = new Set(mounts())
  return {
    env: { ...process.env, TMPDIR: folder, [MARK]: folder },
    end() {
      // tsx keeps what it has compiled, and so does npm with Node.js 22 and later.
      const files = readdirSync(folder).filter((file) => !/^(tsx-|node-compile-cache$)/.test(file))
      rmSync(folder, { recursive: true, force: true })
      const mounted = mounts().filter((each) => !before.has(each))
      return [
        ...files.map((file) => `file ${join(folder, file)}`),
        ...processesOf(folder),
        ...mounted.map((each) => `mount ${each}`),
      ]
    },
  }
}

const mounts = () => readOrNothing('/proc/self/mountinfo').split('\n')

function processesOf(run: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids
    .filter((pid) => readOrNothing(`/proc/${pid}/environ`).includes(`${MARK}=${run}\0`))
    .map((pid) => `process ${pid} ${readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`)
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
