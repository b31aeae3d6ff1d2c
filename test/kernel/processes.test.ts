import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { workshop } from '../workshop'
import { program } from './harness/agent'
import { type Ended, succeeded } from './harness/exec'
import { foreign } from './harness/foreign'
import type { Lab } from './harness/lab'
import { ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { restore } from './harness/table'
import { recorded } from './harness/tools'

const test = kernelSuite([program])
const onNft = kernelSuite([program], ['nft'])
const CHANGED = ['save', 'restore', 'save']

/** A namespace with foreign rules, and a way to see what a run of the program starts there: `save`, `restore`. */
async function counting({ namespace, tools }: Lab) {
  const watched = recorded(tools)
  const ours = await namespace(watched)
  await succeeded(restore(ours, foreign))
  async function started(run: () => Promise<Ended>): Promise<string[]> {
    const already = watched.started().length
    await succeeded(run())
    const tools = watched.started().slice(already)
    return tools.map((line) => line.split(' ')[0]?.replace(/^iptables-(nft-|legacy-)?/, '') ?? '')
  }
  return { ours, started }
}

/** A clean-up looks at both families, unless it is told. */
const IPV4 = ['--ip-family', 'ipv4']

test('with --backend: two to apply or to clean up and one to read back, one when there is nothing to do', async (lab) => {
  const { ours, started } = await counting(lab)
  const given = ['--backend', lab.tools.backend]
  const apply = (set: string[]) => started(() => program.apply(ours, [...set, ...given]))
  const clean = () => started(() => program.clean(ours, [...given, ...IPV4]))
  const created = await apply(ONE)
  assert.equal(created, CHANGED)
  const active = await apply(ONE)
  assert.equal(active, ['save'])
  assert.equal(await apply(TWO), CHANGED)
  const removed = await clean()
  assert.equal(removed, CHANGED)
  const absent = await clean()
  assert.equal(absent, ['save'])
  const figures = `${created.length} to apply, ${active.length} active, ${removed.length} to remove, ${absent.length} absent`
  console.log(`processes ${lab.tools.backend}: ${figures}`)
})

test('without --backend the other one is read too, if it can hold anything', async (lab) => {
  const { ours, started } = await counting(lab)
  const created = await started(() => program.apply(ours, ONE))
  const active = await started(() => program.apply(ours, ONE))
  const removed = await started(() => program.clean(ours, IPV4))
  const absent = await started(() => program.clean(ours, IPV4))
  assert.equal(created.slice(-3), CHANGED)
  assert.equal(removed.slice(-2), CHANGED.slice(-2))
  for (const all of [active, absent]) assert.is(all.includes('restore'), false)
  const figures = `${created.length} to apply, ${active.length} active, ${removed.length} to remove, ${absent.length} absent`
  console.log(`processes ${lab.tools.backend} as found: ${figures}`)
})

onNft('without --backend nothing more is started where legacy holds no table', async (lab) => {
  const { ours, started } = await counting(lab)
  assert.equal(await started(() => program.apply(ours, ONE)), CHANGED)
  assert.equal(await started(() => program.apply(ours, ONE)), ['save'])
  assert.equal(await started(() => program.clean(ours, IPV4)), CHANGED)
  assert.equal(await started(() => program.clean(ours, IPV4)), ['save'])
})

test('none to print or to write a document', async (lab) => {
  const { ours, started } = await counting(lab)
  for (const options of [['--dry-run'], ['--output', join(workshop('output'), 'rules')]])
    for (const given of [[], ['--backend', lab.tools.backend]]) {
      assert.equal(await started(() => program.apply(ours, [...ONE, ...options, ...given])), [])
      assert.equal(await started(() => program.clean(ours, [...ONE, ...options, ...given])), [])
    }
})

test.run()
onNft.run()
