/** Runs the test file that each message names, and answers with how many tests passed, failed and were skipped. */
import { join } from 'node:path'
import fc from 'fast-check'
import 'tsx/cjs'
import '../src/build/register'

export interface Count {
  passed: number
  failed: number
  skipped: number
}

// What fails in CI fails again; `npm run fuzz` draws anew.
if (process.env.CI === 'true') fc.configureGlobal({ seed: 20, endOnFailure: process.env.NO_SHRINKING === '1' })

type Suite = () => Promise<[errors: string | true, ran: number, skipped: number, total: number]>
const uvu = globalThis as unknown as { UVU_DEFER: number; UVU_QUEUE: [string, ...Suite[]][]; UVU_INDEX: number }

async function run(file: string): Promise<Count> {
  const count = { passed: 0, failed: 0, skipped: 0 }
  uvu.UVU_DEFER = 1
  uvu.UVU_QUEUE = [[file]]
  uvu.UVU_INDEX = 0
  require(join(__dirname, file))
  const [, ...suites] = uvu.UVU_QUEUE[0] ?? ['']
  for (const suite of suites) {
    const [errors, ran, skipped, total] = await suite()
    if (errors !== true) process.stdout.write(errors)
    count.passed += ran
    count.skipped += skipped
    count.failed += total - ran
  }
  if (count.passed + count.failed + count.skipped > 0) return count
  process.stdout.write('\n  FAIL  registers no test: does it call test.run()?\n')
  return { ...count, failed: 1 }
}

// What is temporary is removed when the process exits.
process.on('disconnect', () => process.exit())

process.on('message', async (file: string) => {
  try {
    process.send?.(await run(file))
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
})
