import * as assert from 'uvu/assert'
import { type Agent, agents } from './harness/agent'
import { succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Namespace } from './harness/namespace'
import { changeOf, differences, ONE, THREE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { restore, saved, stateOf } from './harness/table'
import { outrun } from './harness/tools'

const test = kernelSuite(agents)

/** A managed set, or no managed rules. */
type Set = string[] | undefined
/** What somebody else does: a set, a clean-up, or a document of theirs. */
type Act = { set: Set } | { loads: string }

/** What differs from ONE in the port of the proxy alone: nothing in the document depends on the hooks. */
const ONE_INSIDE = ONE.map((word) => (word === '9080' ? '9082' : word))
const HOOKS = ['-A PREROUTING -p tcp -j APISIX_INBOUND', '-A OUTPUT -p tcp --dport 80 -j APISIX_REDIRECT']
const loads = (...rules: string[]): Act => ({ loads: `*nat\n${rules.join('\n')}\nCOMMIT\n` })
const mine = (chain: string, at = '') => loads(`-I ${chain} ${at} -p tcp -m tcp --dport 7 -j ACCEPT`)

const cases: [what: string, from: Set, to: Set, acts: Act[]][] = [
  ['set up, while another sets up the same', undefined, ONE, [{ set: ONE }]],
  ['set up, while another sets up other rules', undefined, ONE, [{ set: TWO }]],
  ['set up, while somebody inserts a rule', undefined, ONE, [mine('OUTPUT')]],
  ['replaced, while another sets up the same', ONE, TWO, [{ set: TWO }]],
  ['replaced, while another sets up other rules', ONE, TWO, [{ set: THREE }]],
  ['replaced, while another cleans up', ONE, TWO, [{ set: undefined }]],
  ['replaced in a managed chain, while another cleans up', ONE, ONE_INSIDE, [{ set: undefined }]],
  ['replaced in a managed chain, while another sets up other rules', ONE, ONE_INSIDE, [{ set: TWO }]],
  ['replaced, while somebody inserts a rule in front', ONE, TWO, [mine('OUTPUT', '1')]],
  ['replaced, while somebody inserts a rule between ours', ONE, TWO, [mine('OUTPUT', '8')]],
  ['replaced, while somebody only appends ours again', ONE, TWO, [loads(...HOOKS)]],
  ['removed, while another sets up other rules', ONE, undefined, [{ set: TWO }]],
  ['removed, while another cleans up', ONE, undefined, [{ set: undefined }]],
  ['removed, while somebody inserts a rule between ours', ONE, undefined, [mine('OUTPUT', '8')]],
  ['set up, while others never rest', undefined, ONE, [TWO, undefined, THREE, TWO, undefined].map((set) => ({ set }))],
]

/** Foreign rules, and a managed set. */
async function prepare(agent: Agent, at: Namespace, from: Set) {
  await succeeded(restore(at, foreign))
  if (from) await succeeded(agent.apply(at, from))
}

/** Does it all in a namespace of its own: gives the documents for it. */
async function documentsOf(at: Namespace, acts: Act[]): Promise<string[]> {
  const documents: string[] = []
  for (const act of acts) {
    const document = 'loads' in act ? act.loads : await changeOf(await saved(at), act.set)
    await succeeded(restore(at, document))
    documents.push(document)
  }
  return documents
}

for (const [what, from, to, acts] of cases)
  test(`rules are ${what}, between read and write: as wanted`, async ({ agent, namespace, tools }) => {
    const [reference, ours] = [await namespace(), await namespace()]
    for (const at of [reference, ours]) await prepare(agent, at, from)
    const { path, left } = outrun(tools, await documentsOf(reference, acts))
    await succeeded(to ? agent.apply(ours, to, { path }) : agent.clean(ours, [], { path }))
    assert.equal(left(), [])
    if (to) assert.equal(await differences(ours, to), [])
    for (const at of to ? [reference, ours] : [reference]) await succeeded(agent.clean(at))
    assert.is(await stateOf(ours), await stateOf(reference))
  })

test.run()
