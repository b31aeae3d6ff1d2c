/**
 * Runs the test files whose path contains a given word (all without one; `--skip WORD` leaves some out), and ends with the line
 * `N passed, N failed, N skipped`. A file that registers no test is a failure, and so are a run without tests, one that leaves files,
 * processes or mounts behind and, with CI=true, a skipped test. With CI=true random tests have a fixed seed.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { relative } from 'node:path'
import { watchLeftovers } from './leftovers'
import type { Count } from './run-file'

/** Files that take minutes, in that order. */
const SLOWEST = [
  'kernel/killed',
  'kernel/confirm.',
  'kernel/concurrent',
  'kernel/convergent',
  'kernel/families',
  'kernel/gap-free',
]

const words = process.argv.slice(2)
const unwanted = words.includes('--skip') ? words.splice(words.indexOf('--skip'), 2)[1] : undefined
const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => words.every((word) => file.includes(word)) && !(unwanted && file.includes(unwanted)))
  // What takes longest first, so that nobody waits for it in the end.
  .sort((one, two) => rankOf(one) - rankOf(two) || one.localeCompare(two))

function rankOf(file: string): number {
  const at = SLOWEST.findIndex((name) => file.includes(name))
  if (at >= 0) return at
  return file.startsWith('kernel') ? SLOWEST.length : SLOWEST.length + 1
}

/** Titles of failed tests, each with the command that runs its file alone. */
const failures: string[] = []
const leftovers = watchLeftovers()
const total: Count = { passed: 0, failed: 0, skipped: 0 }

/** One more at a time than there are processors, since some wait: for a deadline, or for each other. */
const WORKERS = availableParallelism() + 1

/** Hands file after file to a process, and prints what it said of each, whole. */
async function work(): Promise<void> {
  const runner = fork(require.resolve('./run-file'), { silent: true, env: leftovers.env })
  let said = ''
  for (const stream of [runner.stdout, runner.stderr]) stream?.setEncoding('utf8').on('data', (text) => (said += text))
  for (let file = files.shift(); file; file = files.shift()) {
    const started = performance.now()
    const count = await answer(runner, file).catch((error) => {
      throw new Error(`${error.message}\n${said}`)
    })
    // What was written before the answer may come behind it.
    await new Promise((resolve) => setTimeout(resolve, 10))
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    process.stdout.write(`${relative('.', `${__dirname}/${file}`)} (${seconds} s) ${said}`)
    for (const [, title] of said.matchAll(/^ {3}FAIL {2}"(.*)"$/gm))
      failures.push(`${title}\n    npx tsx test/run.ts ${file}`)
    for (const name of ['passed', 'failed', 'skipped'] as const) total[name] += count[name]
    said = ''
  }
  const ended = once(runner, 'exit')
  runner.disconnect()
  await ended
}

function answer(runner: ChildProcess, file: string): Promise<Count> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`${file}: its process has ended`))
    runner.once('exit', ended).once('message', (count) => {
      runner.off('exit', ended)
      resolve(count as Count)
    })
    runner.send(file)
  })
}

async function main() {
  await Promise.all(Array.from({ length: Math.min(WORKERS, files.length) }, work))
  for (const each of failures) process.stdout.write(`\nfailed: ${each}\n`)
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`)
  // `test.only` leaves the others out, and counts them as skipped.
  const isIncomplete = process.env.CI === 'true' && total.skipped > 0
  if (isIncomplete) process.stdout.write('with CI=true no test may be skipped\n')
  const left = leftovers.end()
  for (const each of left) process.stdout.write(`left behind: ${each}\n`)
  process.exitCode = total.failed > 0 || total.passed === 0 || isIncomplete || left.length > 0 ? 1 : 0
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
