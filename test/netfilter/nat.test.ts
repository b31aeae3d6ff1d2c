import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isBefore, NoTable, natOf, WAITS_SINCE } from '../../src/netfilter/nat'
import type { Ended } from '../../src/system/run'
import { bare, saved } from '../script/tables'

const BACKEND = { name: 'legacy', family: 'ipv4', save: '/t/save', restore: '/t/restore' } as const
const DONE: Ended = { status: 0, stdout: '', stderr: '', late: false }
const failed = (stderr: string, status: number | null = 1): Ended => ({ ...DONE, status, stderr })
const TABLE = saved(bare())
const TORN = TABLE.replace('COMMIT', ':A - [0:0]\n:A - [0:0]\nCOMMIT')

/** A table whose tools end as given, the last way for ever, and what was started. */
function natWith(endings: Ended[], version = 'iptables v1.6.1', milliseconds = 5_000) {
  const log: string[] = []
  const run = async (program: string, args: string[], { reads }: { reads?: (text: string) => void } = {}) => {
    log.push([program.slice(3), ...args].join(' '))
    if (args[0] === '--version') return { ...DONE, stdout: version }
    const ended = (endings.length > 1 ? endings.shift() : endings[0]) as Ended
    reads?.(ended.stdout)
    return reads ? { ...ended, stdout: '' } : ended
  }
  const nat = natOf(BACKEND, { run, procNet: async () => '' }, { wait: 1, deadline: Date.now() + milliseconds })
  return { nat, log }
}

const shows = (stdout: string) => ({ ...DONE, stdout })

/** How reading goes, how often it is tried, and what comes of it. */
const READS: [what: string, endings: Ended[], tries: number, comes: RegExp | undefined][] = [
  ['whole', [shows(TABLE)], 1, undefined],
  ['a chain twice, then whole', [shows(TORN), shows(TORN), shows(TABLE)], 3, undefined],
  ['a chain twice each time', [shows(TORN)], 20, /shows no complete nat table\. Look at/],
  ['half a table', [shows(TABLE.replace('COMMIT', ''))], 1, /shows no complete nat table\. Look at/],
  ['an error', [failed('broken', 3)], 1, /^\/t\/save failed with status 3\.$/],
]

for (const [what, endings, tries, comes] of READS)
  test(`reads ${what}`, async () => {
    const { nat, log } = natWith(endings)
    const error = await nat.read().then(
      () => undefined,
      ({ message }) => message,
    )
    if (comes) assert.match(error, comes)
    else assert.is(error, undefined)
    assert.equal(log, Array(tries).fill('save -t nat'))
  })

test('a table that is torn is not read again when the time is up', async () => {
  const { nat, log } = natWith([shows(TORN)], '', -1)
  assert.match(await nat.read().catch(({ message }) => message), 'shows no complete nat table')
  assert.is(log.length, 1)
})

test('a kernel without the table is told apart', async () => {
  const { nat } = natWith([failed("can't initialize iptables table `nat': Table does not exist")])
  assert.instance(await nat.read().catch((error) => error), NoTable)
})

const OLD = "iptables-restore: unrecognized option '-w'"
const LOCKED = 'Another app is currently holding the xtables lock.'
const WAITS = 'restore --noflush -w 1'
const CANNOT = 'restore --noflush'
const VERSION = 'restore --version'

/** How loading goes, the version, what is started, and what comes of it: nothing, a reason to try again, or `!` and an error. */
const WRITES: [what: string, endings: Ended[], version: string, started: string[], comes: string][] = [
  ['done', [DONE], '', [WAITS], ''],
  ['rejected', [failed('line 2 failed')], '', [WAITS], '/t/restore rejected `-N A`'],
  ['locked', [failed(LOCKED, 4)], '', [WAITS], '!another process holds the xtables lock'],
  ['ended by a signal', [failed('', null)], '', [WAITS], '!/t/restore was ended by a signal'],
  ['an old tool', [failed(OLD), DONE], 'iptables v1.6.1', [WAITS, VERSION, CANNOT], ''],
  ['a tool that should wait', [failed(OLD), DONE], 'iptables v1.6.2', [WAITS, VERSION], '/t/restore failed'],
  [
    'an old tool, locked for a while',
    [failed(OLD), failed(LOCKED), failed(LOCKED), DONE],
    'iptables v1.4.21',
    [WAITS, VERSION, CANNOT, CANNOT, CANNOT],
    '',
  ],
]

for (const [what, endings, version, started, comes] of WRITES)
  test(`writes: ${what}`, async () => {
    const { nat, log } = natWith(endings, version)
    const said = await nat.write('*nat\n-N A\nCOMMIT\n').then(
      (error) => error?.message ?? '',
      ({ message }) => `!${message}`,
    )
    assert.is(said.slice(0, comes.length || undefined), comes)
    assert.equal(log, started)
  })

test('what became of the rules', async () => {
  const stateOf = async (ended: Ended) =>
    (
      await natWith([ended])
        .nat.write('*nat\n')
        .catch((error) => error)
    )?.state
  assert.is(await stateOf(failed('line 1 failed')), 'Nothing was changed')
  assert.is(await stateOf(failed('', null)), 'The rules are the complete old or the complete new set')
})

/** What `--version` prints, and whether that tool can wait for the lock. */
const VERSIONS: [printed: string, waits: boolean][] = [
  ['iptables-restore v1.8.9 (nf_tables)', true],
  ['iptables-restore v1.6.2', true],
  ['iptables-restore v2.0', true],
  ['iptables-restore v1.7', true],
  ['iptables-restore v1.6.1', false],
  ['iptables-restore v1.6', false],
  ['iptables-restore v1.5.9', false],
  ['iptables-restore v0.9.9', false],
  ['no version', false],
]

for (const [printed, waits] of VERSIONS) test(printed, () => assert.is(isBefore(WAITS_SINCE, printed), !waits))

test.run()
