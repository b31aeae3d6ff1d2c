/**
 * `npm run fuzz:kernel -- MINUTES SEED`: random rulesets and connections for as long as asked (5 minutes), from a seed or a
 * new one, on both backends and in both families. Ends at the first connection on which the kernel and `explain` disagree.
 */
import fc from 'fast-check'
import 'tsx/cjs'
import '../../src/build/register'
import type { Family } from '../../src/ruleset/families'
import { tryOut } from './harness/agreement'
import { drawsOf } from './harness/draws'
import { inLab } from './harness/lab'
import { BACKENDS } from './harness/tools'

const [minutes = '5', given] = process.argv.slice(2)
const end = Date.now() + Number(minutes) * 60_000
const start = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given)
let made = 0

/** One round in a new sidecar, so that a seed always gives the same. */
async function round(seed: number): Promise<void> {
  for (const backend of BACKENDS)
    await inLab(backend, async ({ sidecar }) => {
      const here = await sidecar()
      for (const family of ['ipv4', 'ipv6'] satisfies Family[])
        for (const draw of fc.sample(drawsOf(family, 50), { numRuns: 20, seed })) {
          const { disagreements } = await tryOut(here, draw)
          if (disagreements.length > 0) throw new Error(`seed ${seed}, ${backend}: ${disagreements.join('\n')}`)
          made += draw.connections.length
        }
    })
}

async function main() {
  if (!(Number(minutes) > 0) || Number.isNaN(start)) throw new Error('npm run fuzz:kernel -- [MINUTES [SEED]]')
  for (let seed = start; Date.now() < end; seed++) {
    await round(seed)
    console.log(`seed ${seed}: ${made} connections so far, all as explain says`)
  }
}

main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
