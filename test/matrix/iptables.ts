import * as assert from 'uvu/assert'
import { agents, type CheckingAgent, program } from '../kernel/harness/agent'
import { type Ended, succeeded } from '../kernel/harness/exec'
import { foreign } from '../kernel/harness/foreign'
import { inLab } from '../kernel/harness/lab'
import { missing } from '../kernel/harness/needs'
import { scripts } from '../kernel/harness/script'
import { differences, TWO } from '../kernel/harness/sets'
import { APPLICATION, CALLER, type Connection, type Sidecar } from '../kernel/harness/sidecar'
import { counted, stateOf } from '../kernel/harness/table'
import { BACKENDS, type Backend, toolsOf } from '../kernel/harness/tools'
import type { Version } from './downloads'
import { type Job, type Result, skipped } from './report'

/** Rules that one version applies beside foreign ones, and the same or another one then reads, replaces and cleans up. */
interface Sequence {
  agent: CheckingAgent
  backend: Backend
  first: Version
  then: Version
}

interface Stage extends Sidecar {
  /** What the agent does in both address families, with the tools of the step. */
  act(verb: 'apply' | 'clean' | 'check', options?: string[]): Promise<Ended>
  /** The table before; like all that is asserted here as the newer of the two versions reads it. */
  before: string
  /** Whether the tools of the step show all that the first version has written. */
  isLegible: boolean
}

/** Rules of iptables-nft since then are shown without their ports by earlier ones, or the whole table is not. */
const NATIVE_SINCE = '1.8.8'

/** Two rules in OUTPUT that look the same without their ports. */
const WANTED = '--apisix-port 9080 --apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80,443'.split(' ')

/** Connections out and in by both address families, each answered by the proxy or by where it goes to. */
const connections = (answer?: string): Connection[] => [
  [APPLICATION, 'outside:80', answer ?? 'outside:80'],
  [APPLICATION, 'outside6:80', answer ?? 'outside:80'],
  [CALLER, 'app:443', answer ?? 'app:443'],
  [CALLER, 'app6:443', answer ?? 'app:443'],
]

async function answersBy({ connect }: Stage, answer?: string) {
  assert.equal(await connect(connections(answer)), connections(answer))
}

/** In this order; only the first is by the first version. */
const STEPS: Record<string, (stage: Stage) => Promise<void>> = {
  async apply({ act, app }) {
    await succeeded(act('apply', WANTED))
    assert.equal(await differences(app, WANTED), [])
  },
  async traffic(stage) {
    await answersBy(stage, 'proxy')
  },
  async check({ act, isLegible }) {
    assert.is((await act('check', WANTED)).status, isLegible ? 0 : 1)
    assert.is((await act('check', TWO)).status, 1)
  },
  async again({ act, app, isLegible }) {
    const table = await counted(app)
    const { status, stderr } = await act('apply', WANTED)
    assert.is(status, 0, stderr)
    assert.equal(await differences(app, WANTED), [])
    if (!isLegible) return
    assert.match(stderr, 'already active')
    assert.is(await counted(app), table)
  },
  async replace({ act, app }) {
    await succeeded(act('apply', TWO))
    assert.equal(await differences(app, TWO), [])
  },
  async clean(stage) {
    await succeeded(stage.act('clean'))
    assert.is(await stateOf(stage.app), stage.before)
    assert.not.match(await stage.app.must(['ip6tables-save', '-t', 'nat']), 'APISIX')
    await answersBy(stage)
  },
}

/** Each version alone, and each after each other one; short, with one script, and only pairs with the one of this machine. */
export function iptablesJobs(here: Version, others: Version[], isShort: boolean): Job[] {
  const versions = [here, ...others].sort((one, two) => one.name.localeCompare(two.name, 'en', { numeric: true }))
  const [script] = scripts
  const both = script ? [program, script] : [program]
  const agentsFor = (first: Version, then: Version) => {
    if (first === then) return isShort ? both : agents
    if (!isShort) return both
    return [first, then].includes(here) ? [program] : []
  }
  return versions.flatMap((first) =>
    BACKENDS.flatMap((backend) =>
      versions.flatMap((then) => agentsFor(first, then).map((agent) => jobOf({ agent, backend, first, then }))),
    ),
  )
}

const MIXED = 'then another version'

function jobOf(sequence: Sequence): Job {
  const { backend, first, then } = sequence
  const row = `${first.name}, ${backend}`
  const columns = first === then ? Object.keys(STEPS) : [MIXED]
  const lack = first.lack ?? then.lack ?? missing(backend)?.reason
  if (lack) return skipped(row, columns, lack)
  return {
    row,
    columns,
    async work() {
      const { passed, failure } = await play(sequence)
      const passes = (column: string): Result => ({ row, column, state: 'passed' })
      if (failure === undefined) return columns.map(passes)
      const done = first === then ? columns.slice(0, Math.min(passed, columns.length - 1)) : []
      return [...done.map(passes), { row, column: columns[done.length] ?? '', state: 'failed', detail: failure }]
    },
  }
}

/** Plays a sequence in namespaces of its own: how many steps passed, and how the next one failed. */
async function play({ agent, backend, first, then }: Sequence): Promise<{ passed: number; failure?: string }> {
  let passed = 0
  const userOf = (step: number) => (step === 0 ? first : then)
  const pathOf = (step: number) => toolsIn(userOf(step), backend).path
  const isLegible = backend === 'legacy' || !(isOlder(then, NATIVE_SINCE) && !isOlder(first, NATIVE_SINCE))
  try {
    await inLab(backend, async (lab) => {
      const sidecar = await lab.sidecar(toolsIn(isOlder(first, then.name) ? then : first, backend))
      const { app } = sidecar
      await app.must(['iptables-restore', '--noflush'], { input: foreign, path: pathOf(0) })
      const before = await stateOf(app)
      for (const body of Object.values(STEPS)) {
        const path = pathOf(passed)
        const act: Stage['act'] = (verb, options = []) =>
          agent[verb](app, [...options, '--ip-family', 'dual'], { path })
        await body({ ...sidecar, act, before, isLegible })
        passed++
      }
    })
    return { passed }
  } catch (error) {
    const { message, details = '' } = error as Error & { details?: string }
    const step = Object.keys(STEPS)[passed]
    return { passed, failure: `${agent.name}, ${step} by ${userOf(passed).name}: ${message}\n${details}` }
  }
}

const toolsIn = ({ folder }: Version, backend: Backend) => toolsOf(backend, `${folder}:${process.env.PATH}`)

const isOlder = ({ name }: Version, than: string) => name.localeCompare(than, 'en', { numeric: true }) < 0
