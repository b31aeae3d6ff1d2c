import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { environment } from '../kernel/harness/exec'
import { workshop } from '../workshop'
import { APPLY, CHECK, PROGRAM, standIns } from './program'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Sends a signal to the program while it is busy, and gives how it ended, and after how many milliseconds. */
async function interrupted(
  argv: string[],
  signal: NodeJS.Signals,
  { path, started }: { path?: string; started?: string } = {},
) {
  const child = spawn(process.execPath, [PROGRAM, ...argv], {
    env: environment(path),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = text(child.stderr)
  if (started) while (!existsSync(started)) await setTimeout(10)
  else await setTimeout(800)
  const sent = performance.now()
  child.kill(signal)
  const [status, by] = await once(child, 'exit')
  const waited = performance.now() - sent
  child.stdout.destroy()
  return { status, by, waited, stderr: await said }
}

function pipe(): string {
  const file = join(workshop('pipe'), 'pipe')
  execFileSync('mkfifo', [file])
  return file
}

const SET = '--apisix-user 501:20 --inbound-ports'.split(' ')
const MANY = Array.from({ length: 20_000 }, (_, at) => at + 1).join()

/** What is waited for, without a program that runs: a signal has its own action, which a shell shows as 128+n. */
const WAITING: [what: string, argv: () => string[]][] = [
  ['a saved table that nobody writes', () => ['explain', '--from', pipe()]],
  ['a golden file that nobody writes', () => ['check', ...SET, '80', '--golden', pipe()]],
  ['a list that nobody writes', () => ['iptables', ...SET, `@${pipe()}`, '--dry-run']],
  ['a template that nobody writes', () => ['iptables', ...SET, '80', '--template', pipe()]],
  ['a stdout that nobody reads', () => ['iptables', ...SET, MANY, '--dry-run']],
]

for (const [what, argv] of WAITING)
  for (const signal of SIGNALS)
    test(`${signal} ends the wait for ${what} at once`, async () => {
      const { by, waited, stderr } = await interrupted(argv(), signal)
      assert.is(by, signal)
      assert.ok(waited < 1_000, `${waited} ms`)
      assert.is(stderr, '')
    })

for (const [argv, says] of [
  [APPLY, 'stopped by SIGTERM. The rules of each family are the complete old or the complete new set.'],
  [CHECK, 'stopped by SIGTERM.'],
  ['explain --backend legacy'.split(' '), 'stopped by SIGTERM.'],
] as const)
  test(`${argv[0]} is ended while a tool runs: it stops the tool, and speaks of rules only when it changes them`, async () => {
    const { path, here } = standIns(': >"$HERE/started"; exec sleep 10')
    const started = join(here, 'started')
    const { status, waited, stderr } = await interrupted([...argv], 'SIGTERM', { path, started })
    assert.is(status, 143)
    assert.ok(waited < 1_000, `${waited} ms`)
    assert.is(stderr.replace(/^.*warning: .*\n/gm, ''), `apisix-mesh-agent: ${says}\n`)
  })

test.run()
