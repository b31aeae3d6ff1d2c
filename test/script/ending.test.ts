import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cleaning, EMPTY, IN_FORCE, script } from './example'
import { OBEDIENT, standIns, type Tools } from './stand-ins'

const shows = (table: string) => `printf '%s' '${table.replaceAll("'", "'\\''")}'`
/** Shown by iptables-nft-save now and then, while somebody creates the chain. */
const TORN = EMPTY.replace('COMMIT', ':DOCKER - [0:0]\n:DOCKER - [0:0]\nCOMMIT')

interface Case {
  what: string
  tools?: Partial<Tools>
  args?: string[]
  env?: NodeJS.ProcessEnv
  script?: string
  status: number
  says: string | RegExp
  /** How many documents were sent. */
  sent?: number
}

const NOTHING_CHANGED = 'Nothing was changed.'

const CASES: Case[] = [
  {
    what: 'active',
    tools: { save: shows(IN_FORCE) },
    status: 0,
    says: /^\S+ already active. Nothing was changed.\n$/,
  },
  {
    what: 'nothing to clean',
    args: ['--clean'],
    status: 0,
    says: /no managed rules found. Nothing was changed.\n$/,
  },
  { what: 'cleans by default', script: cleaning, status: 0, says: 'no managed rules' },
  {
    what: 'applies when asked',
    script: cleaning,
    args: ['--apply'],
    tools: { save: shows(IN_FORCE) },
    status: 0,
    says: 'already active',
  },
  {
    what: '--check, active',
    args: ['--check'],
    tools: { save: shows(IN_FORCE) },
    status: 0,
    says: /^\S+ active\.\n$/,
  },
  { what: '--check, not active', args: ['--check'], status: 1, says: /^\S+ not active: no managed rules found\.\n$/ },
  {
    what: '--check, another port',
    args: ['--check'],
    tools: { save: shows(IN_FORCE.replace('9080', '9081')) },
    status: 1,
    says: /^\S+ not active: the managed rules differ in APISIX_REDIRECT\.\n$/,
  },
  {
    what: '--check, two chains',
    args: ['--check'],
    tools: { save: shows(IN_FORCE.replace('9080', '9081').replace(/-A OUTPUT .*\n/, '')) },
    status: 1,
    says: /^\S+ not active: the managed rules differ in APISIX_REDIRECT, OUTPUT\.\n$/,
  },
  {
    what: '--check, no jump',
    args: ['--check'],
    tools: { save: shows(IN_FORCE.replace(/-A OUTPUT .*\n/, '')) },
    status: 1,
    says: /^\S+ not active: the managed rules differ in OUTPUT\.\n$/,
  },
  { what: '--check, trouble', args: ['--check'], tools: { save: 'exit 3' }, status: 2, says: 'failed with status 3' },
  { what: '--check, unreadable', args: ['--check'], tools: { save: '' }, status: 2, says: 'no complete nat table' },
  {
    what: '--check and more',
    args: ['--check', 'x'],
    status: 2,
    says: /^\S+ error: unexpected argument '.*'\. Use --apply/,
  },
  {
    what: 'a wrong argument',
    args: ['--force'],
    status: 1,
    says: /^\S+ error: unexpected argument '.*'\. Use --apply/,
  },
  {
    what: 'two arguments',
    args: ['--apply', '--clean'],
    status: 1,
    says: /^\S+ error: unexpected argument '.*'\. Use --apply/,
  },
  { what: 'an empty argument', args: [''], status: 1, says: /^\S+ error: unexpected argument '.*'\. Use --apply/ },
  {
    what: 'no tools',
    env: { IPTABLES: '/nowhere/iptables' },
    status: 1,
    says: 'IPTABLES=/nowhere/iptables: /nowhere/iptables-save is not there. Use tools that are',
  },
  {
    what: 'no tools, --check',
    args: ['--check'],
    env: { IPTABLES: 'nosuch' },
    status: 2,
    says: 'IPTABLES=nosuch: nosuch-save is not there',
  },
  {
    what: 'no seconds',
    env: { WAIT: '5s' },
    status: 1,
    says: "WAIT and TIMEOUT: '5s' is not a number of seconds",
  },
  { what: 'no wait at all', env: { WAIT: '0' }, status: 1, says: 'WAIT=0 would wait without end. Use 1 or more.' },
  { what: 'seconds that are octal to a shell', env: { TIMEOUT: '08' }, status: 1, says: 'is not a number of seconds' },
  {
    what: 'save fails',
    tools: { save: 'echo "Fatal: odd" >&2; exit 3' },
    status: 1,
    says: /iptables-save failed with status 3. Nothing was changed.\nFatal: odd\n$/,
  },
  {
    what: 'save is killed',
    tools: { save: 'kill -9 $$' },
    status: 1,
    says: 'iptables-save was ended by a signal. Nothing',
  },
  ...(
    [
      ['nothing', '', 'there is no nat table in it'],
      ['garbage', 'Segmentation fault\n', 'line 1: not what iptables-save prints'],
      ['another table', '*filter\nCOMMIT\n', 'there is no nat table in it'],
      ['half a table', EMPTY.replace(/COMMIT.*/s, ''), 'table nat has no COMMIT'],
      ['a line cut short', EMPTY.replace('COMMIT', '-A'), 'line 7: neither a chain nor a rule'],
      [
        'a table that only nft shows',
        "*nat\n# Table `nat' is incompatible, use 'nft' tool.\n",
        'line 2: the nat table holds rules that only nft can show',
      ],
      [
        'the same as a whole',
        "*nat\n# Table `nat' is incompatible, use 'nft' tool.\nCOMMIT\n",
        'line 2: the nat table holds rules that only nft can show',
      ],
      ['two tables', EMPTY + EMPTY, 'line 10: a second nat table'],
      ['a chain that is shown twice each time', TORN, 'line 8: chain DOCKER is declared twice'],
    ] as const
  ).flatMap(([what, table, says]): Case[] => [
    {
      what,
      tools: { save: shows(table) },
      status: 1,
      says: `no complete nat table. Look at \`nft list ruleset\`. ${NOTHING_CHANGED}\n${says}`,
    },
    { what: `${what}, cleaning`, args: ['--clean'], tools: { save: shows(table) }, status: 1, says },
  ]),
  {
    what: 'a chain that is shown twice once',
    args: ['--clean'],
    tools: { save: `[ -e "$HERE/read" ] && { ${shows(EMPTY)}; exit; }; : >"$HERE/read"; ${shows(TORN)}` },
    status: 0,
    says: 'no managed rules found. Nothing was changed.',
  },
  {
    what: 'foreign base chains',
    tools: {
      save: shows(`# Table \`nat' contains incompatible base-chains, use 'nft' tool to list them.\n${IN_FORCE}`),
    },
    status: 0,
    says: 'already active',
  },
  {
    what: 'a document that is rejected though nobody writes',
    tools: { save: shows(EMPTY), restore: 'cat >/dev/null; echo "iptables-restore: line 4 failed" >&2; exit 1' },
    status: 1,
    says: /iptables-restore rejected `-A OUTPUT -p tcp -j APISIX_REDIRECT`\. The kernel may lack .* Nothing was changed.\niptables-restore: line 4 failed\n$/,
    sent: 21,
  },
  {
    what: 'a tool that succeeds without doing anything',
    tools: { save: shows(EMPTY), restore: 'cat >/dev/null' },
    status: 1,
    says: 'iptables-restore reports success, but the rules are not in the table',
    sent: 21,
  },
  {
    what: 'a tool that does not read',
    tools: { save: shows(EMPTY), restore: 'exec <&-; exit 4' },
    status: 1,
    says: 'iptables-restore failed with status 4. Nothing was changed.',
    sent: 21,
  },
  {
    what: 'somebody wrote in between',
    tools: {
      restore:
        'if [ -e "$HERE/once" ]; then cat >"$HERE/sent"; else : >"$HERE/once"; cat >/dev/null; echo "line 2 failed" >&2; exit 1; fi',
    },
    status: 0,
    says: /^\S+ applied: 1 chain, 2 rules. Established connections may be reset, because nothing in this table tracked them before.\n$/,
    sent: 2,
  },
  {
    what: 'a table that cannot be read back',
    tools: { save: `[ ! -e "$HERE/sent" ] || exit 3; ${shows(EMPTY)}` },
    status: 1,
    says: 'iptables-save failed with status 3. The rules were applied but could not be verified.',
    sent: 1,
  },
  {
    what: 'others who do not stop',
    tools: {
      save: `echo x >>"$HERE/turns"; n=$(wc -l <"$HERE/turns"); ${shows(EMPTY.replace('COMMIT', ':DOCKER - [0:0]\n-A OUTPUT -g APISIX_REDIRECT --dport PORT\nCOMMIT'))} | sed "s/PORT/$n/"`,
      restore: 'cat >/dev/null',
    },
    env: { TIMEOUT: '1' },
    status: 1,
    says: 'other programs keep changing the nat table until the deadline. Retry, or use a longer TIMEOUT. Nothing is half done.',
  },
]

for (const { what, tools, args, env, status, says, sent = 0, ...rest } of CASES)
  test(what, () => {
    const stand = standIns({ ...OBEDIENT, ...tools })
    stand.put('live', EMPTY)
    stand.put('after', IN_FORCE)
    const said = stand.run(['sh'], rest.script ?? script, args, env)
    assert.match(said.stderr, says)
    assert.is(said.stdout, '')
    assert.is(said.status, status)
    if (!env) assert.is(stand.started().filter((line) => line.startsWith('restore')).length, sent)
  })

test('no awk', () => {
  const stand = standIns({ ...OBEDIENT, save: shows(`*nat\n:A - [0:0]\nCOMMIT\n`) }, '/nowhere/awk')
  const said = stand.run(['/bin/sh'], script, [], { PATH: stand.here })
  assert.match(said.stderr, 'awk is not on PATH, in /usr/sbin or in /sbin. Install it.')
  assert.is(said.status, 1)
})

test('--help', () => {
  const stand = standIns(OBEDIENT)
  assert.match(stand.run(['sh'], script, ['--help']).stdout, /--apply .* \(default\)\n/)
  assert.match(stand.run(['sh'], cleaning, ['--help']).stdout, /--clean .* \(default\)\n/)
})

test.run()
