import { basename } from 'node:path'
import type { Run } from './run'

/** Milliseconds after which somebody at a terminal is told what is waited for. */
const PATIENCE_MS = 1_000

/** Starts programs with `run`, and tells what is waited for when one takes more than a second. */
export const tellingWaits =
  (run: Run, tell: (what: string) => void): Run =>
  async (program, args, options) => {
    const timer = setTimeout(() => tell(whatIsDone(program, args)), PATIENCE_MS)
    try {
      return await run(program, args, options)
    } finally {
      clearTimeout(timer)
    }
  }

/** What a program of ours is started for; `nsenter` starts another one. */
function whatIsDone(program: string, args: string[]): string {
  const name = [program, ...args].map((word) => basename(word)).find((word) => /^ip6?tables/.test(word))
  if (name?.includes('-save')) return `reading the nat table (${name})`
  if (name?.includes('-restore')) return `loading rules, or waiting for the xtables lock (${name})`
  return `waiting for ${basename(program)}`
}
