import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { workshop } from '../workshop'
import { ask, program } from './harness/agent'
import { succeeded } from './harness/exec'
import { kept, unkept } from './harness/guards'
import { ONE, TWO } from './harness/sets'
import { kernelSuite } from './harness/suite'
import { stateOf } from './harness/table'
import { replaced } from './harness/tools'

const test = kernelSuite([program])
const AT_ONCE = ['--confirm-within', '1s']
const LONG = ['--confirm-within', '60s']

/** Tools, one of which ends the program that has started it: lines of shell in which `first` guards what is done once. */
const STEPS: Record<string, Record<string, string>> = {
  'before the table is read': { 'iptables-save': 'first && kill -9 $PPID\nexec "$REAL" "$@"' },
  'before the document is read': { 'iptables-restore': 'first && kill -9 $PPID\nexec "$REAL" "$@"' },
  'before a document is loaded that comes late': {
    'iptables-restore': 'first && { sleep 0.2; kill -9 $PPID; sleep 4; }\nexec "$REAL" "$@"',
  },
  'when the document is loaded': {
    'iptables-restore': '"$REAL" "$@"; status=$?\nfirst && kill -9 $PPID\nexit $status',
  },
  'before the table is read back': {
    'iptables-save': '[ -e "$DONE" ] && first && kill -9 $PPID\nexec "$REAL" "$@"',
    'iptables-restore': ': > "$DONE"\nexec "$REAL" "$@"',
  },
}

test('killed at each step, the previous rules are back', async (lab) => {
  await Promise.all(
    Object.entries(STEPS).map(async ([what, lines]) => {
      const at = await kept(lab)
      await succeeded(program.apply(at, ONE))
      const before = await stateOf(at)
      const folder = workshop('step')
      const head = `DONE=${folder}/done\nfirst() { mkdir ${join(folder, 'once')} 2>/dev/null; }\n`
      const tools = replaced(
        lab.tools,
        Object.fromEntries(Object.entries(lines).map(([name, line]) => [name, head + line])),
      )
      const { signal } = await program.apply(at, [...TWO, ...AT_ONCE], { path: tools.path })
      assert.is(signal, 'SIGKILL', what)
      // The rollback guard outlasts what the killed program had started.
      await Promise.all([unkept(at), pause(2000)])
      assert.is(await stateOf(at), before, what)
    }),
  )
})

/** So many at once, and so often each. */
const KILLS = { places: 20, rounds: 2 }

test('killed at any moment, the previous rules are back at the deadline', async (lab) => {
  const counts = { old: 0, new: 0 }
  const one = async (index: number) => {
    const at = await kept(lab)
    const start = performance.now()
    await succeeded(program.apply(at, [...ONE, ...LONG]))
    const longest = 1.5 * (performance.now() - start)
    await succeeded(index % 2 === 0 ? ask.confirm(at) : program.clean(at))
    const before = await stateOf(at)
    for (let round = 0; round < KILLS.rounds; round++) {
      const after = Math.random() * longest
      await program.apply(at, [...TWO, ...AT_ONCE], { interrupt: { after, signal: 'SIGKILL' } })
      counts[(await stateOf(at)) === before ? 'old' : 'new']++
      await unkept(at)
      assert.is(await stateOf(at), before)
    }
  }
  await Promise.all(Array.from({ length: KILLS.places }, (_, index) => one(index)))
  assert.ok(counts.new > 0)
  console.log(`killed with --confirm-within ${lab.tools.backend}: ${counts.old} before, ${counts.new} after; all back`)
})

test.run()
