import { readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exec } from '../kernel/harness/exec'
import { testAsRoot } from '../needing'
import { workshop } from '../workshop'
import { APPLY, CHECK, EMPTY, isOneError, OURS, PROGRAM, run, shows, standIns } from './program'

const PRINT = 'iptables --apisix-user 501:20 --inbound-ports 80 --dry-run'.split(' ')
const MANY = [...PRINT, '--outbound-ports', Array.from({ length: 5000 }, (_, at) => at + 1).join()]

test('what reads stdout stops early, as in | head -1: silence, and the status of SIGPIPE', async () => {
  const shell = '{ "$@"; echo $? >&2; } | head -n 1'
  const { stdout, stderr } = await run(MANY, { shell })
  assert.is(stdout, '*nat\n')
  assert.is(stderr, '141\n')
})

test('nobody reads stdout from the start', async () => {
  const { stderr } = await run(MANY, { shell: '{ sleep 0.2; "$@"; echo $? >&2; } | :' })
  assert.is(stderr, '141\n')
})

const RESULTS = [
  PRINT,
  ['--help'],
  ['iptables', '--help'],
  ['--version'],
  'explain --apisix-user 1:1 --inbound-ports 80'.split(' '),
]

for (const [what, redirect, says] of [
  ['a full disk', '>/dev/full', /^apisix-mesh-agent: error: stdout cannot be written: ENOSPC: .*\n$/],
  [
    'a descriptor that is not for writing',
    '1</dev/null',
    /^apisix-mesh-agent: error: stdout cannot be written: EBADF: .*\n$/,
  ],
] as const)
  test(`stdout is ${what}: one error`, async () => {
    for (const argv of RESULTS) isOneError(await run(argv, { shell: `exec "$@" ${redirect}` }), 1, says)
  })

test('stdout or stderr closed from the start: no trace, no hang', async () => {
  for (const closed of ['>&-', '2>&-', '>&- 2>&- <&-'])
    assert.is((await run(PRINT, { shell: `exec "$@" ${closed}` })).status, 0)
})

test('a pipe that nobody writes into is an error in time, and one that is written late is read', async () => {
  const pipe = join(workshop('pipe'), 'fifo')
  assert.is((await exec(['mkfifo', pipe])).status, 0)
  const list = `iptables --apisix-user 501:20 --inbound-ports @${pipe} --dry-run`.split(' ')
  const [silent, late] = await Promise.all([
    run(list),
    run([...PRINT.slice(0, 3), '--from', '/dev/fd/3'], {
      shell: `{ sleep 0.5; ${shows(EMPTY)}; } | "$@" 3<&0 </dev/null`,
    }),
  ])
  isOneError(silent, 1, /--inbound-ports: "@.*\/fifo" cannot be read: nobody writes into it/)
  assert.match(late.stdout, /^\*nat\n.*APISIX_REDIRECT/s)
})

test('a million faulty items: the first hundred are said', async () => {
  const file = join(workshop('list'), 'list')
  writeFileSync(file, 'a,'.repeat(2 ** 20).slice(0, -1))
  const { status, stderr } = await run([
    'iptables',
    '--apisix-user',
    '501:20',
    '--inbound-ports',
    `@${file}`,
    '--dry-run',
  ])
  assert.is(stderr, `${LIST_FAULT}apisix-mesh-agent: note: there may be more, which are not shown.\n`)
  assert.is(status, 1)
})

const LIST_FAULT = `apisix-mesh-agent: error: --inbound-ports: "a" is not a port. Use a number from 1 to 65535, without sign or leading zeros, a range as in 8000-8010, or '*' for all.\n`

test('what is said on stderr cannot be written: the work is done all the same', async () => {
  for (const redirect of ['2>/dev/full', '2</dev/null', '2>&-']) {
    const { status, stdout } = await run([...PRINT, '--outbound-exclude-ports', '1'], {
      shell: `exec "$@" ${redirect}`,
    })
    assert.match(stdout, /^\*nat\n.*\nCOMMIT\n$/s)
    assert.is(status, 0)
  }
})

test('nobody reads stderr while a document is loaded: the work is done all the same', async () => {
  const after = OURS.replace('COMMIT', '-A APISIX_REDIRECT -p tcp -j RETURN\nCOMMIT')
  const restore = `cat >/dev/null; : >"$HERE/done"`
  const save = `if [ -e "$HERE/done" ]; then ${shows(EMPTY)}; else ${shows(after)}; fi`
  const { path } = standIns(save, restore)
  const argv = 'cleanup-iptables --backend legacy --ip-family ipv4 --verbose'.split(' ')
  const { stdout } = await run(argv, {
    path,
    shell: 'exec 3>&1; { sleep 0.2; "$@"; echo $? >&3; } 2>&1 >/dev/null | :',
  })
  assert.is(stdout, '0\n')
})

test('no descriptors left: one error, from where Node.js starts at all', async () => {
  const { path } = standIns(shows(EMPTY))
  let refused = 0
  for (let files = 18; files < 28; files++) {
    const ended = await run(CHECK, { path, shell: `exec prlimit --nofile=${files} "$@"` })
    const isOfNode = ended.stdout === '' && !ended.stderr.startsWith('apisix-mesh-agent: ')
    if (isOfNode || ended.status === 1) continue
    isOneError(ended, 2, /-save cannot be started: spawn .* EMFILE\.\n$/)
    refused++
  }
  assert.ok(refused > 0)
})

test('no getent: a user that passwd does not know is unknown', async () => {
  const shell = 'PATH=/nonexistent; exec "$@"'
  const argv = 'iptables --apisix-user nosuchuser --inbound-ports 80 --dry-run'.split(' ')
  isOneError(await run(argv, { shell }), 1, /--apisix-user: "nosuchuser" is not a known user/)
})

test('a getent that hangs, deaf to signals, is not waited for', async () => {
  const { path, here } = standIns(':')
  await exec(['sh', '-c', `printf '#!/bin/sh\\ntrap "" TERM\\nsleep 60\\n' >${here}/getent; chmod +x ${here}/getent`])
  const started = Date.now()
  const argv = 'iptables --apisix-user nosuchuser --inbound-ports 80 --dry-run'.split(' ')
  isOneError(await run(argv, { path }), 1, /is not a known user/)
  assert.ok(Date.now() - started < 8_000)
})

test('a working directory that was deleted', async () => {
  const shell = `cd ${workshop('gone')} && mkdir here && cd here && rmdir ../here && exec "$@"`
  const { path } = standIns(shows(EMPTY))
  const { status, stdout } = await run(PRINT, { shell })
  assert.match(stdout, /\nCOMMIT\n$/)
  assert.is(status, 0)
  isOneError(await run([...PRINT.slice(0, -1), '--output', 'rules'], { shell }), 1, /--output: "rules" .*ENOENT/)
  isOneError(await run(APPLY, { shell, path }), 1, /-restore reports success, but the rules are not in the table/)
})

testAsRoot('a directory in which nothing can be made: one error, and nothing is left there', async () => {
  const folder = workshop('closed')
  const shell = `chmod 555 ${folder}; exec setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all "$@"`
  const argv = [...PRINT.slice(0, -1), '--output', `${folder}/rules`]
  isOneError(await run(argv, { shell }), 1, /--output: ".*\/rules" was not written: EACCES/)
  assert.equal(readdirSync(folder), [])
  rmdirSync(folder)
})

test('paths that cannot be looked at', async () => {
  const argv = (file: string) => [...PRINT.slice(0, -1), '--output', file]
  isOneError(await run(argv(`/tmp/${'x'.repeat(300)}`)), 1, /--output: .*(ENAMETOOLONG|cannot be written)/)
  isOneError(await run(argv(`${PROGRAM}/x`)), 1, /--output: .* is a file, not a directory/)
})

test.run()
