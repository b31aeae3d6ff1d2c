import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { find } from '../../src/system/find'
import { testWith } from '../needing'
import { workshop } from '../workshop'
import { EMPTY, IN_FORCE, script } from './example'
import { type Machine, machine } from './machine'
import { SHELLS } from './shells'

/** How many processes a script starts, its tools and subshells, and theirs. */
function forks(at: Machine, shell: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const log = join(workshop('forks'), 'log')
  const traced = [
    'strace',
    '-f',
    '-qq',
    '-e',
    'trace=clone,clone3,fork,vfork',
    '-e',
    'signal=none',
    '-o',
    log,
    ...shell,
  ]
  assert.is(machine(at).run(traced, script, [], env).status, 0)
  return readFileSync(log, 'utf8').match(/(clone3?|v?fork)(\(| resumed).* = \d+$/gm)?.length ?? 0
}

const TABLES = {
  'the first time': { table: EMPTY, after: IN_FORCE },
  'when the rules are active': { table: IN_FORCE },
}

/** Where `iptables` serves, and the other backend holds nothing as far as files tell. */
const SERVING: Record<string, (seen: { table: string }) => Machine> = {
  nft: (nft) => ({ iptables: 'nft', nft, legacy: { table: EMPTY }, loaded: true }),
  legacy: (legacy) => ({ iptables: 'legacy', legacy, nft: { table: EMPTY }, registered: true }),
}

for (const [name, shell] of Object.entries(SHELLS))
  for (const [backend, serving] of Object.entries(SERVING))
    for (const [when, seen] of Object.entries(TABLES))
      testWith(
        find('strace', process.env.PATH) ? shell[0] : 'strace',
        `choosing a backend, and looking for a node, starts nothing: ${backend}, ${when} (${name})`,
        () => {
          const chosen = forks(serving(seen), shell)
          assert.ok(chosen > 0)
          assert.is(chosen, forks(serving(seen), shell, { IPTABLES: 'iptables', ALLOW_NODE: '1' }))
        },
      )

testWith('strace', 'active rules take one process', () => {
  assert.is(forks({ iptables: 'nft', nft: { table: IN_FORCE }, loaded: true }, ['dash']), 1)
})

test.run()
