import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Run, until } from '../../src/system/run'
import { tellingWaits } from '../../src/system/waiting'

const ENDED = { status: 0, stdout: '', stderr: '', late: false }

/** What runs, and what somebody is told when that takes more than a second. */
const WAITS: [command: string, told: string][] = [
  ['/usr/sbin/iptables-nft-save -t nat', 'reading the nat table (iptables-nft-save)'],
  ['/usr/sbin/ip6tables-restore --noflush', 'loading rules, or waiting for the xtables lock (ip6tables-restore)'],
  ['nsenter --net=/x -- /sbin/iptables-save', 'reading the nat table (iptables-save)'],
  ['/usr/bin/flock -n /run/xtables.lock', 'waiting for flock'],
]

test('what is waited for is told after a second', async () => {
  await Promise.all(
    WAITS.map(async ([command, told]) => {
      const [program = '', ...args] = command.split(' ')
      const heard: string[] = []
      const run = tellingWaits(
        () => pause(1_100, ENDED),
        (what) => heard.push(what),
      )
      assert.is(await run(program, args, { timeout: 1 }), ENDED)
      assert.equal(heard, [told])
    }),
  )
})

test('what has no deadline of its own gets that of all', async () => {
  const timeouts: (number | undefined)[] = []
  const run: Run = async (_program, _args, options) => {
    timeouts.push(options?.timeout)
    return ENDED
  }
  await until(Date.now() + 5_000, run)('a', [])
  await until(Date.now() + 5_000, run)('a', [], { timeout: 7 })
  await until(Date.now() - 5_000, run)('a', [])
  const [first = 0, ...others] = timeouts
  assert.ok(first > 4_000 && first <= 5_000, `${first}`)
  assert.equal(others, [7, 1])
})

test.run()
