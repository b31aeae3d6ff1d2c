import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { workshop } from '../workshop'
import { agents, program } from './harness/agent'
import { documented, examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { kernelSuite } from './harness/suite'
import { restore, table } from './harness/table'

const test = kernelSuite(agents)
const printing = kernelSuite([program])

for (const [name, { options }] of Object.entries(examples)) {
  test(`${name}: applied, it is the table of the documented commands`, async ({ agent, namespace }) => {
    const [reference, ours] = [await namespace(), await namespace()]
    await succeeded(documented.apply(reference, options))
    await succeeded(agent.apply(ours, options))
    assert.is(await table(ours), await table(reference))
  })

  printing(`${name}: so it is when what --dry-run prints is loaded by hand`, async ({ agent, namespace }) => {
    const [reference, ours] = [await namespace(), await namespace()]
    await succeeded(documented.apply(reference, options))
    await succeeded(restore(ours, await succeeded(agent.apply(ours, [...options, '--dry-run']))))
    assert.is(await table(ours), await table(reference))
  })

  printing(`${name}: so it is when what --output wrote is loaded by hand`, async ({ agent, namespace }) => {
    const [reference, ours] = [await namespace(), await namespace()]
    const file = join(workshop('output'), 'rules')
    await succeeded(documented.apply(reference, options))
    await succeeded(agent.apply(ours, [...options, '--output', file]))
    await succeeded(restore(ours, readFileSync(file, 'utf8')))
    assert.is(await table(ours), await table(reference))
  })

  printing(`${name}: printing and writing change nothing`, async ({ agent, namespace }) => {
    const ours = await namespace()
    const before = await table(ours)
    await succeeded(agent.apply(ours, [...options, '--dry-run']))
    await succeeded(agent.apply(ours, [...options, '--output', join(workshop('output'), 'rules')]))
    assert.is(await table(ours), before)
  })
}

test.run()
printing.run()
