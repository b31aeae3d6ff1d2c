import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { canonical } from '../../src/ruleset/canonical'
import { OUR_CHAINS } from '../../src/ruleset/ours'
import { parseRules, parseSaved } from '../../src/ruleset/parse'
import { byChain, type Rule } from '../../src/ruleset/ruleset'
import { interceptions, wantedOf } from '../ruleset/random'
import { FIXTURES } from '../support'
import { program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { kernelSuite } from './harness/suite'
import { restore, saved } from './harness/table'

const test = kernelSuite([program])

/** Loads rules as they are rendered, and compares what the kernel gives back with what we say it would. */
async function givesBack(at: Namespace, rules: Rule[]): Promise<void> {
  const lines = [...OUR_CHAINS.map((chain) => `-N ${chain}`), ...rules.map(({ chain, spec }) => `-A ${chain} ${spec}`)]
  await succeeded(restore(at, `*nat\n${lines.join('\n')}\nCOMMIT\n`))
  const live = parseSaved(await saved(at))
  for (const [chain, specs] of byChain({ chains: [], rules })) assert.equal(live.get(chain), specs.map(canonical))
}

test('canonical form is what the kernel gives back, for random interceptions', async ({ namespace, tools }) => {
  const seed = Date.now()
  const rules = fc.sample(interceptions, { seed, numRuns: 500 }).flatMap((each) => wantedOf(each).rules)
  await givesBack(await namespace(), rules).catch((error) => {
    throw new Error(`with the seed ${seed}: ${error.message}\n${error.details ?? ''}`)
  })
  console.log(`canonical ${tools.backend}: ${rules.length} rules of 500 random interceptions come back as foreseen`)
})

test('canonical form is what the kernel gives back, for every golden file', async ({ namespace, tools }) => {
  const files = readdirSync(join(FIXTURES, 'golden')).filter((file) => file.endsWith('.rules'))
  const lines = files.flatMap((file) => readFileSync(join(FIXTURES, 'golden', file), 'utf8').split('\n'))
  const { rules } = parseRules(lines.filter((line) => /^-[AD] /.test(line)).map((line) => line.replace(/^-D/, '-A')))
  await givesBack(await namespace(), rules)
  console.log(`canonical ${tools.backend}: ${rules.length} rules of ${files.length} golden files come back as foreseen`)
})

test.run()
