/**
 * `npm run fuzz -- MINUTES SEED`: hostile input for as long as asked (5 minutes), from a seed or a new one. Ends at the first
 * case in which something does not hold that should for every input.
 */
import 'tsx/cjs'
import '../../src/build/register'
import { throughTheCommandLine } from './command-line'
import { PURE } from './pure'

const [minutes = '5', given] = process.argv.slice(2)
const end = Date.now() + Number(minutes) * 60_000
const start = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)

async function main() {
  if (!(Number(minutes) > 0) || Number.isNaN(start)) throw new Error('npm run fuzz -- [MINUTES [SEED]]')
  const all = [...PURE, await throughTheCommandLine()]
  let made = 0
  for (let seed = start; Date.now() < end; seed++) {
    for (const each of all) {
      await each.holds(seed)
      made += each.share
    }
    console.log(`seed ${seed}: ${made} cases so far, all as they should be`)
  }
}

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
