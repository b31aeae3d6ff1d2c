import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../src/diagnostics/user-error'
import { converge } from '../../src/netfilter/converge'
import type { Nat } from '../../src/netfilter/nat'
import { parseRules } from '../../src/ruleset/read-any'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { NOTHING } from '../../src/ruleset/transaction'
import { load } from '../ruleset/simulate'
import { textsOf } from '../ruleset/texts'

const rules = (port: number) =>
  parseRules(
    [
      '-N APISIX_REDIRECT',
      `-A APISIX_REDIRECT -p tcp -j REDIRECT --to-ports ${port}`,
      '-A OUTPUT -p tcp -j APISIX_REDIRECT',
    ].join('\n'),
  )
const soon = () => Date.now() + 5_000

/** A table in memory. `between` runs after each read, as another writer would; `log` keeps what was done. */
function tableOf(between: (nat: Nat & { table: Ruleset }, reads: number) => void = () => {}) {
  const log: string[] = []
  const nat = {
    log,
    table: new Map([['OUTPUT', []]]) as Ruleset,
    backend: { name: 'nft', family: 'ipv4', save: 'save', restore: 'restore' } as const,
    mayHold: async () => true,
    async read() {
      const seen = nat.table
      between(nat, log.push('read'))
      return seen
    },
    count: () => Promise.reject(new Error('nobody counts here')),
    async write(document: string) {
      log.push('write')
      try {
        nat.table = load(nat.table, document)
        return undefined
      } catch (error) {
        return new UserError((error as Error).message)
      }
    },
  }
  return nat
}

test('creates, keeps, replaces, removes: two reads around a write, one read when active', async () => {
  const nat = tableOf()
  assert.is((await converge(nat, rules(1), soon())).done, 'created')
  assert.is((await converge(nat, rules(1), soon())).done, 'unchanged')
  assert.is((await converge(nat, rules(2), soon())).done, 'replaced')
  assert.is((await converge(nat, NOTHING, soon())).done, 'removed')
  assert.is((await converge(nat, NOTHING, soon())).done, 'unchanged')
  assert.is(nat.log.join(' '), 'read write read read read write read read write read read')
})

test('somebody applies the same between read and write: rejected, read again, active', async () => {
  const nat = tableOf((one, reads) => {
    if (reads === 1) one.table = load(one.table, '*nat\n-N APISIX_REDIRECT\nCOMMIT\n')
  })
  assert.is((await converge(nat, rules(1), soon())).done, 'created')
  assert.is(nat.log.join(' '), 'read write read write read')
})

test('somebody cleans up between read and write: the read-back finds the chain without its hook', async () => {
  const nat = tableOf((one, reads) => {
    if (reads === 4) one.table = new Map([['OUTPUT', []]])
  })
  await converge(nat, rules(1), soon())
  await converge(nat, rules(2), soon())
  assert.equal(textsOf(nat.table).get('OUTPUT'), ['-p tcp -j APISIX_REDIRECT'])
})

const refuses = async (nat: Nat, deadline: number, message: string) => {
  try {
    await converge(nat, rules(1), deadline)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, UserError)
    assert.match(`${(error as UserError).message} ${(error as UserError).state}`, message)
  }
}

test('a document that is rejected though nobody writes is given up', async () => {
  const nat = { ...tableOf(), write: async () => new UserError('bad line') }
  await refuses(nat, soon(), 'bad line')
})

test('a tool that succeeds without doing anything is found out', async () => {
  const nat = { ...tableOf(), write: async () => undefined }
  await refuses(nat, soon(), 'restore reports success, but the rules are not in the table')
})

test('at the deadline it gives up', () => refuses(tableOf(), Date.now(), 'until the deadline'))

test('a table that cannot be read back is told from one that was not changed', async () => {
  const nat = tableOf((_, reads) => {
    if (reads > 1) throw new UserError('unreadable')
  })
  await refuses(nat, soon(), 'unreadable. The rules were applied but could not be verified')
  await refuses(nat, soon(), 'unreadable. Nothing was changed')
})

test.run()
