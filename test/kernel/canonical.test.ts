import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import type { Family } from '../../src/ruleset/families'
import { MANAGED_CHAINS } from '../../src/ruleset/ownership'
import { parseSaved } from '../../src/ruleset/parse'
import { parseRules } from '../../src/ruleset/read-any'
import type { Rule } from '../../src/ruleset/rule'
import { byChain } from '../../src/ruleset/ruleset'
import { NOTHING } from '../../src/ruleset/transaction'
import { interceptionsOf } from '../options'
import { wantedOf } from '../ruleset/random'
import { FIXTURES } from '../support'
import { program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([program])

/** Loads rules as they are rendered, and compares what the kernel gives back with what we say it would. */
async function givesBack(at: Namespace, family: Family, rules: Rule[]): Promise<void> {
  const lines = [...MANAGED_CHAINS.map((chain) => `-N ${chain}`), ...rules.map(({ line }) => line)]
  const tool = family === 'ipv4' ? 'iptables' : 'ip6tables'
  await succeeded(at.run([`${tool}-restore`, '--noflush'], { input: `*nat\n${lines.join('\n')}\nCOMMIT\n` }))
  const live = parseSaved(await at.must([`${tool}-save`, '-t', 'nat']))
  for (const [chain, some] of byChain({ ...NOTHING, rules }))
    assert.equal(
      live.get(chain)?.map(({ text }) => text),
      some.map(({ canonical }) => canonical),
    )
}

for (const family of ['ipv4', 'ipv6'] as const)
  test(`canonical form is what the kernel gives back, for random interceptions of ${family}`, async (lab) => {
    const seed = Date.now()
    const rules = fc.sample(interceptionsOf(family), { seed, numRuns: 500 }).flatMap((each) => wantedOf(each).rules)
    await givesBack(await lab.namespace(), family, rules).catch((error) => {
      throw new Error(`with the seed ${seed}: ${error.message}\n${error.details ?? ''}`)
    })
    const what = `${family} ${lab.tools.backend}: ${rules.length} rules of 500 random interceptions`
    console.log(`canonical ${what} come back as foreseen`)
  })

for (const family of ['ipv4', 'ipv6'] as const)
  test(`canonical form is what the kernel gives back, for every golden file of ${family}`, async (lab) => {
    const files = readdirSync(join(FIXTURES, 'golden')).filter((file) => file.endsWith('.rules'))
    const isOther = (text: string) => (family === 'ipv4' ? /::1\/128|^-6/m : /127\.0\.0\.1\/32|^-4/m).test(text)
    const texts = files
      .map((file) => readFileSync(join(FIXTURES, 'golden', file), 'utf8'))
      .filter((text) => !isOther(text))
    const lines = texts.flatMap((text) => text.split('\n')).filter((line) => /^-[ADI] /.test(line))
    const { rules } = parseRules(lines.map((line) => line.replace(/^-[DI]/, '-A')).join('\n'))
    await givesBack(await lab.namespace(), family, rules)
    const what = `${family} ${lab.tools.backend}: ${rules.length} rules of ${texts.length} golden files`
    console.log(`canonical ${what} come back as foreseen`)
  })

test.run()
