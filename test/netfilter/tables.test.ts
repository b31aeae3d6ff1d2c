import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../src/diagnostics/user-error'
import type { BackendName } from '../../src/netfilter/backend'
import { type Nat, NoTable } from '../../src/netfilter/nat'
import { possibleTables, tableForRules } from '../../src/netfilter/tables'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { rulesetOf } from '../ruleset/texts'
import { bare } from '../script/tables'

/** What a table is to its tools, and whether files show it; `!` where they do not. */
type Seen = `${'' | '!'}${'empty' | 'managed' | 'foreign' | 'lacking' | 'unreadable'}`

const TABLES: Record<string, Ruleset> = {
  empty: bare(),
  managed: new Map([...bare(), ['APISIX_REDIRECT', []]]),
  foreign: new Map([...bare(), ...rulesetOf([['DOCKER', ['-p tcp -j DNAT --to-destination 10.0.0.1']]])]),
}

/** A table in memory, which writes down when it is read. */
function natOf(name: BackendName, seen: Seen, log: string[]): Nat {
  const kind = seen.replace('!', '')
  return {
    backend: { name, family: 'ipv4', save: `${name}-save`, restore: `${name}-restore` },
    mayHold: async () => !seen.startsWith('!'),
    async read() {
      log.push(name)
      if (kind === 'lacking') throw new NoTable(`the kernel lacks ${name}`)
      if (kind === 'unreadable') throw new UserError(`${name} is odd`)
      return TABLES[kind] as Ruleset
    },
    count: () => Promise.reject(),
    write: () => Promise.reject(),
  }
}

const FOUND = ' it has the managed rules'

/** What is on PATH, the other backend, and what comes of it: the backend and why, a warning, or the error; and what was read. */
const CASES: [main: Seen, other: Seen | undefined, comes: string, read: string][] = [
  ['empty', undefined, 'nft', 'nft'],
  ['!empty', undefined, 'nft', 'nft'],
  ['lacking', undefined, 'error: the kernel lacks nft', 'nft'],
  ['empty', '!lacking', 'nft', 'nft'],
  ['empty', '!empty', 'nft', 'nft'],
  ['empty', 'empty', 'nft', 'nft legacy'],
  ['empty', 'lacking', 'nft', 'nft legacy'],
  ['empty', 'foreign', 'nft; foreign rules of legacy may take traffic before the managed ones', 'nft legacy'],
  ['empty', 'unreadable', 'nft; legacy may have managed rules too: legacy is odd.', 'nft legacy'],
  ['managed', '!empty', 'nft', 'nft'],
  ['managed', 'empty', 'nft', 'nft legacy'],
  ['managed', 'managed', 'both', 'nft legacy'],
  ['empty', 'managed', `legacy${FOUND}`, 'nft legacy'],
  ['!empty', 'managed', `legacy${FOUND}`, 'legacy'],
  ['lacking', 'managed', `legacy${FOUND}`, 'nft legacy'],
  ['!empty', 'empty', 'nft', 'legacy nft'],
  ['!empty', '!empty', 'nft', 'nft'],
  ['lacking', 'empty', 'legacy the kernel lacks nft', 'nft legacy'],
  ['!lacking', 'empty', 'legacy the kernel lacks nft', 'legacy nft'],
  ['!lacking', '!empty', 'legacy the kernel lacks nft', 'nft legacy'],
  [
    'lacking',
    '!lacking',
    'error: no backend can be used: the kernel lacks nft, and the kernel lacks legacy',
    'nft legacy',
  ],
  [
    '!lacking',
    'lacking',
    'error: no backend can be used: the kernel lacks nft, and the kernel lacks legacy',
    'legacy nft',
  ],
  ['lacking', 'unreadable', 'error: legacy is odd', 'nft legacy'],
  ['unreadable', 'managed', 'error: nft is odd', 'nft'],
  ['!unreadable', 'empty', 'error: nft is odd', 'legacy nft'],
]

for (const [main, other, comes, read] of CASES)
  test(`${main} on PATH, the other one ${other ?? 'not there'}: ${comes}`, async () => {
    const log: string[] = []
    const tables = { main: natOf('nft', main, log), other: other && natOf('legacy', other, log) }
    assert.is(await outcomeOf(tables), comes)
    assert.is(log.join(' '), read)
  })

async function outcomeOf(tables: Parameters<typeof tableForRules>[0]): Promise<string> {
  try {
    const { nat, because, warning, isInBoth } = await tableForRules(tables)
    if (isInBoth) return 'both'
    return `${nat.backend.name}${because ? ` ${because}` : ''}${warning ? `; ${warning.problem}` : ''}`
  } catch (error) {
    assert.instance(error, UserError)
    assert.is((error as UserError).state, 'Nothing was changed')
    return `error: ${(error as UserError).diagnostic.problem}`
  }
}

test('the table that was chosen is given as it was read, and the other one beside it', async () => {
  const tables = { main: natOf('nft', 'managed', []), other: natOf('legacy', 'foreign', []) }
  const { live, beside } = await tableForRules(tables)
  assert.equal([live, beside], [TABLES.managed, TABLES.foreign])
  const turned = await tableForRules({ main: natOf('legacy', 'foreign', []), other: natOf('nft', 'managed', []) })
  assert.equal([turned.live, turned.beside], [TABLES.managed, TABLES.foreign])
})

test('why another backend takes the place of the one on PATH goes along', async () => {
  const because = 'iptables-save is not on PATH'
  assert.is((await tableForRules({ main: natOf('nft', 'empty', []), other: undefined, because })).because, because)
  const both = { main: natOf('nft', 'empty', []), other: natOf('legacy', 'managed', []), because }
  assert.is((await tableForRules(both)).because, FOUND.trim())
})

/** What may have managed rules, in the order in which it is cleaned. */
const POSSIBLE: [main: Seen, other: Seen | undefined, names: string][] = [
  ['empty', undefined, 'nft'],
  ['empty', 'empty', 'legacy nft'],
  ['empty', '!empty', 'nft'],
  ['!empty', 'empty', 'legacy nft'],
]

for (const [main, other, names] of POSSIBLE)
  test(`to be cleaned, ${main} and ${other ?? 'none'}: ${names}`, async () => {
    const nats = await possibleTables({ main: natOf('nft', main, []), other: other && natOf('legacy', other, []) })
    assert.is(nats.map(({ backend }) => backend.name).join(' '), names)
  })

test('a table that the kernel lacks is nothing to clean, where there is another one', async () => {
  const [alone] = await possibleTables({ main: natOf('nft', 'lacking', []), other: undefined })
  assert.instance(await alone?.read().catch((error) => error), NoTable)
  const two = await possibleTables({ main: natOf('nft', 'lacking', []), other: natOf('legacy', 'lacking', []) })
  assert.equal(await Promise.all(two.map(({ read }) => read())), [new Map(), new Map()])
})

test.run()
