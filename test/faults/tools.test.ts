import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { exec } from '../kernel/harness/exec'
import { workshop } from '../workshop'
import { APPLY, CLEAN, COMMANDS, EMPTY, isOneError, OURS, PROGRAM, run, shows, standIns } from './program'

const STATUSES = [1, 2, 3, 4, 111, 126, 127]
const SHOWN = `${shows(EMPTY)}`

/** Shown by `iptables-nft-save` now and then, while somebody creates the chain. */
const TORN = EMPTY.replace('COMMIT', ':DOCKER - [0:0]\n:DOCKER - [0:0]\nCOMMIT')

/** What `iptables-save` does, and what is said of it. All of them leave everything as it was. */
const SAVES: [what: string, save: string, says: RegExp][] = [
  ...STATUSES.map((status): [string, string, RegExp] => [
    `exits with ${status}`,
    `${SHOWN}; echo broken >&2; exit ${status}`,
    new RegExp(`-save failed with status ${status}.( Nothing was changed.)?\nbroken\n$`),
  ]),
  ['dies of a signal', `${SHOWN}; kill -SEGV $$`, /-save was ended by a signal\.( Nothing was changed\.)?\n$/],
  ['prints garbage', 'head -c 1000000 /dev/urandom', /-save shows no complete nat table\. .*\nline /],
  ['prints half a table', `${SHOWN} | head -n 3`, /shows no complete nat table.*\ntable nat has no COMMIT\n$/],
  ['shows a chain twice each time', shows(TORN), /no complete nat table.*\nline 7: chain DOCKER is declared twice\n$/],
  ['prints nothing', ':', /shows no complete nat table.*\nthere is no nat table in it\n$/],
  ['prints 200 MB of rules', 'yes -- "-A OUTPUT" | head -c 200M', /-save (printed more than 64 MB|shows no complete)/],
  [
    'prints a table of 200 MB',
    `${shows(EMPTY.replace('COMMIT\n', ''))}; yes -- "-A OUTPUT -p tcp -m tcp --dport 80 -j RETURN" | head -c 200M; echo COMMIT`,
    /-save printed more than 64 MB and was stopped\.( Nothing was changed\.)?\n$/,
  ],
  ['prints 200 MB without a line', 'head -c 200M /dev/zero', /-save printed more than 64 MB and was stopped\. /],
  [
    'prints 200 MB of words',
    'yes words | head -c 200M >&2; exit 1',
    /printed more than 64 MB .*\.( Nothing was changed\.)?\n/,
  ],
]

for (const [what, save, says] of SAVES)
  test(`iptables-save ${what}: nothing is written`, async () => {
    const { here, path } = standIns(save)
    const asked = what.includes('200 MB') ? COMMANDS.slice(0, 1) : COMMANDS
    const endings = asked.map(async ([argv, trouble]) => isOneError(await run(argv, { path }), trouble, says))
    await Promise.all(endings)
    assert.is(existsSync(join(here, 'sent')), false)
  })

test('iptables-save shows a chain twice once: the table is read again', async () => {
  const { path } = standIns(`[ -e $HERE/read ] && { ${shows(EMPTY)}; exit; }; : >$HERE/read; ${shows(TORN)}`)
  const { status, stderr } = await run(CLEAN, { path })
  assert.is(stderr, 'apisix-mesh-agent: no managed rules found. Nothing was changed.\n')
  assert.is(status, 0)
})

test('iptables-save takes more than a second: a terminal is told, and nothing else', async () => {
  const { path } = standIns(`sleep 1.5; ${SHOWN}`)
  const said = 'apisix-mesh-agent: reading the nat table (iptables-legacy-save) …'
  const inPipe = await run(CLEAN, { path })
  assert.is(inPipe.stderr, 'apisix-mesh-agent: no managed rules found. Nothing was changed.\n')
  const line = [process.execPath, PROGRAM, ...CLEAN].map((word) => `'${word}'`).join(' ')
  const { stdout } = await exec(['script', '-qec', line, '/dev/null'], { path })
  assert.match(stdout, said)
})

/** What `iptables-restore` does. */
const RESTORES: [what: string, restore: string, says: RegExp][] = [
  ...STATUSES.map((status): [string, string, RegExp] => [
    `exits with ${status}`,
    `cat >/dev/null; echo broken >&2; exit ${status}`,
    new RegExp(`-restore failed with status ${status}\\. Nothing was changed`),
  ]),
  [
    'dies of a signal',
    'cat >/dev/null; kill -9 $$',
    /-restore was ended by a signal\. The rules are the complete old or the complete new/,
  ],
  [
    'closes stdin early',
    'exec 0<&-; echo no >&2; exit 2',
    /-restore failed with status 2. Nothing was changed.\nno\n$/,
  ],
  ['succeeds without doing anything', ':', /-restore reports success, but the rules are not in the table\.\n$/],
  ['prints 200 MB', 'yes | head -c 200M', /-restore printed more than 64 MB and was stopped\. /],
]

test('iptables-restore that fails in any way: one error, in bounded time', async () => {
  const endings = RESTORES.flatMap(([what, restore, says]) =>
    [APPLY, CLEAN].map(async (argv) => {
      const started = Date.now()
      const ended = await run(argv, { path: standIns(shows(OURS), restore).path })
      return { what, says, ended, took: Date.now() - started }
    }),
  )
  for (const { what, says, ended, took } of await Promise.all(endings)) {
    assert.ok(took < 20_000, `${what} took ${took} ms`)
    isOneError(ended, 1, says)
  }
})

/** Whether a process runs, by the id that a stand-in wrote down; one that nobody has waited for does not. */
function isThere(file: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${readFileSync(file, 'utf8').trim()}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const HANGS = 'echo $$ >"$HERE/pid"; sleep 60 & echo $! >"$HERE/child"; wait'

for (const [which, tools, command] of [
  ['iptables-save', [HANGS], APPLY],
  ['iptables-save, deaf to signals', [`trap "" TERM INT HUP; ${HANGS}`], CLEAN],
  ['iptables-restore', [shows(EMPTY), HANGS], APPLY],
] as const)
  test(`${which} hangs: it ends at --timeout, and neither it nor what it started is left`, async () => {
    const [save, restore] = tools as readonly [string, string?]
    const { here, path } = standIns(save, restore)
    const started = Date.now()
    isOneError(
      await run([...command, '--timeout', '1'], { path }),
      1,
      /did not end in time and was stopped. Use a longer --timeout. /,
    )
    const took = Date.now() - started
    assert.ok(took < 4_000, `${took} ms`)
    assert.equal([isThere(join(here, 'pid')), isThere(join(here, 'child'))], [false, false])
  })

// Node.js 24 takes the most: 416 MB.
test('200 MB of rules are refused in less than 450 MB of memory', async () => {
  const folder = workshop('memory')
  const hook = join(folder, 'hook.cjs')
  writeFileSync(
    hook,
    `process.on('exit', () => require('fs').writeFileSync('${folder}/rss', String(process.resourceUsage().maxRSS)))`,
  )
  const most: string[] = []
  for (const [what, save] of SAVES.filter(([each]) => each.includes('200 MB'))) {
    await run(APPLY, { path: standIns(save).path, shell: `export NODE_OPTIONS="--require ${hook}"; exec "$@"` })
    const megabytes = Number(readFileSync(join(folder, 'rss'), 'utf8')) / 1024
    assert.ok(megabytes < 450, `${what}: ${megabytes} MB`)
    most.push(`${what.replace(/^prints /, '')}: ${Math.round(megabytes)} MB`)
  }
  console.log(`memory: ${most.join(', ')}`)
})

test('what a tool says cannot steer a terminal', async () => {
  const { stderr } = await run(APPLY, { path: standIns(`printf '\\033[2J\\033]0;x\\007'>&2; exit 1`).path })
  assert.match(stderr, /\\u001b\[2J/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
  assert.not.match(stderr, /[\u0000-\u0009\u000b-\u001f]/)
})

test.run()
