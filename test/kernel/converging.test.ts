import * as assert from 'uvu/assert'
import { agents } from './harness/agent'
import { COMMON, examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { kernelSuite } from './harness/suite'
import { restore, table } from './harness/table'

const test = kernelSuite(agents)
const { options } = examples['example 4']

const earlier: [what: string, options: string[]][] = [
  ['another example', examples['example 2'].options],
  ['another port and user', ['--apisix-port', '9081', '--apisix-user', '636:636', '--outbound-ports', '80,443']],
  ['all ports', [...COMMON, '--inbound-ports', '*', '--outbound-ports', '*', '--outbound-exclude-ports', '80']],
  ['a port of its own for inbound', [...options, '--apisix-inbound-capture-port', '9081']],
]

for (const [what, others] of earlier)
  test(`applied over ${what}, it is what it is on a clean table`, async ({ agent, namespace }) => {
    const [reference, ours] = [await namespace(), await namespace()]
    await succeeded(agent.apply(reference, options))
    await succeeded(agent.apply(ours, others))
    await succeeded(agent.apply(ours, options))
    assert.is(await table(ours), await table(reference))
  })

for (const chain of ['APISIX_REDIRECT', 'APISIX_INBOUND', 'APISIX_INBOUND_REDIRECT', 'APISIX_OUTPUT'])
  test(`applied over an unused chain ${chain}, it is what it is on a clean table`, async ({ agent, namespace }) => {
    const [reference, ours] = [await namespace(), await namespace()]
    await succeeded(agent.apply(reference, options))
    await succeeded(restore(ours, `*nat\n:${chain} - [0:0]\n-A ${chain} -p tcp --dport 1 -j RETURN\nCOMMIT\n`))
    await succeeded(agent.apply(ours, options))
    assert.is(await table(ours), await table(reference))
  })

test.run()
