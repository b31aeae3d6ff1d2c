import * as assert from 'uvu/assert'
import { agents, program } from './harness/agent'
import { examples } from './harness/documented'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import { kernelSuite } from './harness/suite'
import { restore, rules, table } from './harness/table'
import { replaced } from './harness/tools'

const test = kernelSuite(agents)
const { options } = examples['example 4']

/** A restore that finds a bad line at the end of whatever it is given, when the rest would have been done already. */
const BAD_LINE = `sed 's/^COMMIT$/-A OUTPUT -j NOWHERE\\n&/' | "$REAL" "$@"`

test('applying a document that is rejected changes nothing', async ({ agent, namespace, tools }) => {
  const ours = await namespace(replaced(tools, { 'iptables-restore': BAD_LINE }))
  await ours.must(['sh', '-ec', 'iptables -t nat -A OUTPUT -p tcp -j RETURN'])
  const before = await table(ours)
  const { status, stdout, stderr } = await agent.apply(ours, options)
  assert.is(status, 1)
  assert.is(stdout, '')
  assert.match(stderr, /NOWHERE/)
  assert.is(await table(ours), before)
})

test('cleaning up by a document that is rejected changes nothing', async ({ agent, namespace, tools }) => {
  const file = { 'iptables-restore': `test -e "$0.bad" || exec "$REAL" "$@"; ${BAD_LINE}` }
  const spoiled = replaced(tools, file)
  const ours = await namespace(spoiled)
  await succeeded(agent.apply(ours, options))
  const before = await table(ours)
  await ours.must(['touch', `${spoiled.folder}/iptables-restore.bad`])
  const { status, stdout, stderr } = await agent.clean(ours)
  assert.is(status, 1)
  assert.is(stdout, '')
  assert.match(stderr, /NOWHERE/)
  assert.is(await table(ours), before)
})

test('without root nothing is applied, and it says so', async ({ agent, namespace }) => {
  const ours = await namespace()
  const { status, stdout, stderr } = await agent.apply(ours, ['--apisix-user', '501:20'], { owner: '65534:65534' })
  assert.is(status, 1)
  assert.is(stdout, '')
  assert.match(stderr, /root/)
  assert.equal(await rules(ours), [])
})

test('without root nothing is cleaned up, and it says so', async ({ agent, namespace }) => {
  const ours = await namespace()
  await succeeded(agent.apply(ours, options))
  const before = await table(ours)
  const { status, stderr } = await agent.clean(ours, [], { owner: '65534:65534' })
  assert.is(status, 1)
  assert.match(stderr, /root/)
  assert.is(await table(ours), before)
})

const printing = kernelSuite([program])

printing('what is printed is rejected whole when one line of it is bad', async ({ agent, namespace }) => {
  const ours = await namespace()
  await succeeded(restore(ours, foreign))
  const before = await table(ours)
  const document = await succeeded(agent.apply(ours, [...options, '--dry-run']))
  const { status } = await restore(ours, document.replace(/^COMMIT$/m, '-A OUTPUT -j NOWHERE\nCOMMIT'))
  assert.is.not(status, 0)
  assert.is(await table(ours), before)
})

test.run()
printing.run()
