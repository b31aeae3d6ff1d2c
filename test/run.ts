/**
 * Runs the test files whose path contains a given word (all without one; `--skip WORD` leaves some out) and ends with
 * the line `N passed, N failed, N skipped`. A file that registers no test is a failure, and so is a run without tests.
 */
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import 'tsx/cjs'
import '../src/build/register'

type Suite = () => Promise<[errors: string | true, ran: number, skipped: number, total: number]>
const uvu = globalThis as unknown as { UVU_DEFER: number; UVU_QUEUE: [string, ...Suite[]][]; UVU_INDEX: number }

const words = process.argv.slice(2)
const unwanted = words.includes('--skip') ? words.splice(words.indexOf('--skip'), 2)[1] : undefined
const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => words.every((word) => file.includes(word)) && !(unwanted && file.includes(unwanted)))
  .sort()

async function main() {
  uvu.UVU_DEFER = 1
  uvu.UVU_QUEUE = []
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const [index, file] of files.entries()) {
    uvu.UVU_QUEUE.push([file])
    uvu.UVU_INDEX = index
    require(join(__dirname, file))
    const [, ...suites] = uvu.UVU_QUEUE[index] ?? ['']
    process.stdout.write(`${relative('.', join(__dirname, file))} `)
    let registered = 0
    for (const suite of suites) {
      const [errors, ran, skipped, total] = await suite()
      if (errors !== true) process.stdout.write(errors)
      count.passed += ran
      count.skipped += skipped
      count.failed += total - ran
      registered += total + skipped
    }
    if (registered === 0) {
      process.stdout.write('\n  FAIL  registers no test: does it call test.run()?\n')
      count.failed++
    }
  }
  process.stdout.write(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`)
  process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
