import { test } from 'uvu'
import { find } from '../../src/system/find'

/** The shells that the script runs under. */
export const SHELLS: Record<string, [program: string, ...args: string[]]> = {
  dash: ['dash'],
  'busybox ash': ['busybox', 'ash'],
  bash: ['bash'],
  'bash --posix': ['bash', '--posix'],
}

const missing = new Set<string>()

/** Registers a test that needs a program; as skipped where it is missing, and as failed when nothing may be skipped. */
export function testWith(program: string, title: string, body: () => void | Promise<void>): void {
  if (find(program, process.env.PATH)) test(title, body)
  else if (process.env.CI !== 'true') {
    if (!missing.has(program)) console.error(`tests with ${program} are skipped: apt-get install ${program}`)
    missing.add(program)
    test.skip(title)
  } else
    test(title, () => {
      throw new Error(`with CI=true nothing may be skipped: there is no ${program}`)
    })
}
