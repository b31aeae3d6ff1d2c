import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Backend } from '../../src/netfilter/backend'
import { rollbackGuard } from '../../src/rollback/guard'
import type { Change } from '../../src/rollback/messages'

/** A table that its program names. */
const table = (family: 'ipv4' | 'ipv6', save: string): Backend => ({ name: 'nft', family, save, restore: 'restore' })
const change = (within: number | undefined, table?: Backend): Change => ({
  ask: 'change',
  ...(table && { table }),
  wait: 1,
  holds: 60_000,
  within,
})
/** Connections. */
const [A, B, C, D] = [{}, {}, {}, {}]

const DONE = { ask: 'done' } as const
const FAILED = { ask: 'failed' } as const
const CONFIRM = { ask: 'confirm' } as const

/** A rollback guard whose tries to restore a table end as given, and what became of it. */
function guard(tries: boolean[] = [], isReadable = true) {
  const log: string[] = []
  const snapshot = async ({ save }: Backend) => {
    if (save === 'SLOW') await pause(100)
    if (!isReadable) throw new Error('it cannot be read')
    return async () => {
      log.push(save)
      if (tries.shift() === false) throw new Error('it cannot be restored')
    }
  }
  return { ...rollbackGuard(snapshot, () => log.push('end')), log }
}

test('what is confirmed is not rolled back, and can be confirmed once', async () => {
  const { answer, log } = guard()
  assert.is(await answer(A, CONFIRM), 'late')
  assert.is(await answer(A, change(1, table('ipv4', 'A'))), 'ok')
  assert.is(await answer(B, CONFIRM), 'busy')
  assert.is(await answer(A, DONE), 'ok')
  assert.is(await answer(B, CONFIRM), 'ok')
  assert.is(await answer(B, CONFIRM), 'late')
  assert.is(await answer(C, change(1)), 'late')
  await pause(20)
  assert.equal(log, ['end'])
})

test('the time runs from when the change is made; each table as it stood first', async () => {
  const { answer, log } = guard()
  await answer(A, change(0.1, table('ipv6', 'A')))
  await answer(A, change(0.1, table('ipv4', 'B')))
  await pause(150)
  await answer(A, DONE)
  await answer(B, change(0.05, table('ipv4', 'C')))
  await answer(B, DONE)
  assert.equal(log, [])
  await pause(100)
  assert.equal(log, ['A', 'B', 'end'])
})

test('a change that need not be confirmed settles the tables that it changes, and no others', async () => {
  const { answer, log } = guard()
  await answer(A, change(0.2, table('ipv6', 'A')))
  await answer(A, change(0.2, table('ipv4', 'B')))
  await answer(A, DONE)
  await answer(B, change(undefined))
  assert.is(await answer(B, DONE), 'pending')
  await answer(B, change(undefined))
  await answer(B, change(undefined, { ...table('ipv4', 'C'), name: 'legacy' }))
  assert.is(await answer(B, DONE), 'pending')
  await answer(C, change(undefined))
  await answer(C, change(undefined, table('ipv6', 'D')))
  assert.is(await answer(C, DONE), 'part')
  assert.equal(log, [])
  await pause(250)
  assert.equal(log, ['B', 'end'])
  const settled = guard()
  await settled.answer(A, change(0.05, table('ipv4', 'A')))
  await settled.answer(A, DONE)
  await settled.answer(B, change(undefined, table('ipv4', 'B')))
  assert.is(await settled.answer(B, DONE), 'ok')
  await pause(100)
  assert.equal(settled.log, ['end'])
})

test('lost or failed', async () => {
  const lost = guard()
  await lost.answer(A, change(0.05, table('ipv4', 'A')))
  lost.lost(A)
  assert.equal(lost.log, [])
  const failed = guard()
  await failed.answer(A, change(60, table('ipv4', 'A')))
  await failed.answer(A, FAILED)
  await pause(100)
  assert.equal(
    [lost.log, failed.log],
    [
      ['A', 'end'],
      ['A', 'end'],
    ],
  )
})

test('whoever hangs up while it is looked whether the table can be read makes no change', async () => {
  const { answer, lost, log } = guard()
  const asked = answer(A, change(60, table('ipv4', 'A')))
  lost(A)
  assert.is(await asked, 'gone')
  assert.is(await answer(B, change(60, table('ipv4', 'B'))), 'ok')
  assert.is(await answer(B, DONE), 'ok')
  assert.is(await answer(C, CONFIRM), 'ok')
  assert.equal(log, ['end'])
})

test('the time of an earlier change is up while it is looked whether the table can be read: it waits', async () => {
  const { answer, log } = guard()
  await answer(A, change(0.05, table('ipv6', 'A')))
  await answer(A, DONE)
  assert.is(await answer(B, change(60, table('ipv4', 'SLOW'))), 'ok')
  assert.is(await answer(B, DONE), 'ok')
  assert.is(await answer(C, CONFIRM), 'ok')
  assert.equal(log, ['end'])
})

test('a table that cannot be read could not be restored: that is said before it is changed', async () => {
  const { answer } = guard([], false)
  assert.is(await answer(A, change(60, table('ipv4', 'A'))), 'unable')
  assert.is(await answer(A, CONFIRM), 'late')
})

test('a change that stays settles nothing while another is being made', async () => {
  const { answer, log } = guard()
  await answer(A, change(60, table('ipv4', 'A')))
  await answer(B, change(undefined, table('ipv4', 'B')))
  assert.is(await answer(B, DONE), 'busy')
  assert.is(await answer(A, DONE), 'ok')
  await pause(20)
  assert.equal(log, [])
})

test('a change that stays and has settled nothing leaves a rollback guard to the change that has started it', async () => {
  const { answer, log } = guard()
  await answer(B, change(undefined))
  assert.is(await answer(B, DONE), 'pending')
  assert.is(await answer(A, change(60, table('ipv4', 'A'))), 'ok')
  assert.is(await answer(A, DONE), 'ok')
  assert.equal(log, [])
})

test('a change that stays settles one that waits; a failed or lost one does not', async () => {
  const { answer, log, lost } = guard()
  await answer(A, change(60, table('ipv4', 'A')))
  await answer(A, DONE)
  await answer(B, change(undefined))
  await answer(B, FAILED)
  await answer(C, change(undefined))
  lost(C)
  await pause(20)
  assert.equal(log, [])
  await answer(D, change(undefined, table('ipv4', 'D')))
  assert.is(await answer(D, DONE), 'ok')
  assert.equal(log, ['end'])
})

test('one that is still being made when the time is up is told so, and rolled back again', async () => {
  const { answer, log, hurry } = guard()
  await answer(A, change(60, table('ipv4', 'A')))
  hurry()
  await pause(20)
  assert.equal(log, ['A'])
  assert.is(await answer(A, DONE), 'late')
  await pause(1100)
  assert.equal(log, ['A', 'A', 'end'])
})

test('one that goes on when a rollback has begun is told so in the end', async () => {
  const { answer, log, hurry } = guard()
  await answer(A, change(60, table('ipv6', 'A')))
  await hurry()
  await answer(A, change(60, table('ipv4', 'B')))
  assert.is(await answer(A, DONE), 'late')
  await pause(1100)
  assert.equal(log, ['A', 'A', 'B', 'end'])
})

test('a request that it does not know is refused, and nothing else', async () => {
  const { answer } = guard()
  await answer(A, change(60, table('ipv4', 'A')))
  const refused = await answer(B, { ask: 'else' } as never).catch(() => 'refused')
  assert.is(refused, 'refused')
  assert.is(await answer(A, DONE), 'ok')
})

test('what cannot be restored is tried again, and cannot be confirmed then', async () => {
  const { answer, log, hurry } = guard([false])
  await answer(A, change(60, table('ipv4', 'A')))
  await answer(A, DONE)
  hurry()
  await pause(20)
  assert.is(await answer(B, CONFIRM), 'late')
  assert.equal(log, ['A'])
  await pause(1100)
  assert.equal(log, ['A', 'A', 'end'])
})

test.run()
