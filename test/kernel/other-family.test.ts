import * as assert from 'uvu/assert'
import { agents, argvOf, ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import { kernelSuite } from './harness/suite'

const each = kernelSuite(agents)
const test = kernelSuite([program])

const set = (port: number, family: string) =>
  `--apisix-port ${port} --apisix-user 501:20 --outbound-ports 80 --ip-family ${family}`.split(' ')
const OTHER = /IPv6 has managed rules of other options/

each('whoever sets one family is told of managed rules of other options in the other', async ({ agent, sidecar }) => {
  const { app } = await sidecar()
  await succeeded(agent.apply(app, set(7777, 'dual')))
  assert.not.match((await agent.apply(app, set(7777, 'ipv4'))).stderr, OTHER)
  const changed = await agent.apply(app, set(15001, 'ipv4'))
  assert.is(changed.status, 0)
  assert.match(changed.stderr, OTHER)
  assert.match(changed.stderr, /--ip-family dual/)
  const again = await agent.apply(app, set(15001, 'ipv4'))
  assert.is(again.status, 0)
  assert.not.match(again.stderr, OTHER)
  assert.match((await agent.apply(app, set(7777, 'ipv4'))).stderr, /applied: /)
})

test('check, precheck and the script tell of them too, and only of other options', async ({ sidecar }) => {
  const { app } = await sidecar()
  await succeeded(program.apply(app, set(7777, 'dual')))
  for (const [port, told] of [
    [7777, false],
    [15001, true],
  ] as const) {
    await succeeded(program.apply(app, set(port, 'ipv4')))
    const check = await ask.check(app, set(port, 'ipv4'))
    assert.is(OTHER.test(check.stdout), told)
    assert.is(check.status, 0)
    assert.is(OTHER.test((await ask.precheck(app, [...set(port, 'ipv4'), '--json'])).stdout), told)
    const script = await app.must(argvOf('iptables', [...set(port, 'ipv4'), '--format', 'script']))
    for (const shell of [['dash'], ['busybox', 'ash'], ['bash']]) {
      const checked = await app.run([...shell, '-s', '--', '--check'], { input: script })
      assert.is(OTHER.test(checked.stderr), told)
      assert.is(checked.status, 0, checked.stderr)
    }
  }
})

each.run()
test.run()
