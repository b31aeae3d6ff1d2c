import * as assert from 'uvu/assert'
import { argvOf, program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { differences, ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { rules, table } from './harness/table'

const test = kernelSuite([program])
const pidOf = ({ file }: Namespace) => file.split('/')[2] ?? ''

const ways: [what: string, options: (to: Namespace) => string[]][] = [
  ['--netns', (to) => ['--netns', to.file]],
  ['--pid', (to) => ['--pid', pidOf(to)]],
]

for (const [what, options] of ways) {
  test(`${what}: rules come and go in the other namespace, and none in our own`, async ({ agent, namespace }) => {
    const [here, there] = [await namespace(), await namespace()]
    for (const set of [ONE, TWO]) {
      await succeeded(agent.apply(here, [...set, ...options(there)]))
      assert.equal(await differences(there, set), [])
      assert.equal(await rules(here), [])
    }
    assert.match((await agent.apply(here, [...TWO, ...options(there)])).stderr, 'already active')
    await succeeded(agent.apply(here, ONE))
    const own = await table(here)
    await succeeded(agent.clean(here, options(there)))
    assert.equal(await rules(there), [])
    assert.is(await table(here), own)
  })

  test(`${what}: so it is with --backend`, async ({ agent, namespace, tools }) => {
    const [here, there] = [await namespace(), await namespace()]
    const given = ['--backend', tools.backend, ...options(there)]
    await succeeded(agent.apply(here, [...ONE, ...given]))
    assert.equal(await differences(there, ONE), [])
    await succeeded(agent.clean(here, given))
    assert.equal([...(await rules(there)), ...(await rules(here))], [])
  })

  test(`${what}: a namespace that has gone is named, and nothing is done elsewhere`, async ({ agent, namespace }) => {
    const [here, gone] = [await namespace(), await namespace()]
    await gone.end()
    for (const run of [agent.apply(here, [...ONE, ...options(gone)]), agent.clean(here, options(gone))]) {
      const { status, stdout, stderr } = await run
      assert.is(status, 1)
      assert.is(stdout, '')
      assert.match(stderr, `there is no network namespace at ${gone.file}. Has its process ended?`)
    }
    assert.equal(await rules(here), [])
  })
}

test('a file that is no network namespace cannot be entered, and it says so', async ({ agent, namespace }) => {
  const here = await namespace()
  for (const file of ['/etc/passwd', '/proc/self/ns/mnt']) {
    const { status, stderr } = await agent.apply(here, [...ONE, '--netns', file])
    assert.is(status, 1)
    assert.match(stderr, /the network namespace cannot be entered/)
  }
  assert.equal(await rules(here), [])
})

test('the port of an SSH connection is warned of in the namespace that it comes into', async ({ namespace }) => {
  const [here, there] = [await namespace(), await namespace()]
  const options = '--apisix-user 501:20 --inbound-ports 2222'.split(' ')
  const warned = async (...where: string[]) => {
    const argv = ['env', 'SSH_CONNECTION=10.0.0.1 5 10.0.0.2 2222', ...argvOf('iptables', [...options, ...where])]
    return (await here.run(argv)).stderr.includes('ssh-intercepted')
  }
  assert.equal(
    [await warned(), await warned('--netns', there.file), await warned('--netns', here.file)],
    [true, false, true],
  )
})

test.run()
