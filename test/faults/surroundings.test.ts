import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { writeWhole } from '../../src/system/write-whole'
import { exec } from '../kernel/harness/exec'
import { testAsRoot, testWith } from '../needing'
import { cli, words } from '../support'
import { workshop } from '../workshop'
import { APPLY, CHECK, COMMANDS, EMPTY, isOneError, run, shows, standIns } from './program'

const WRITE = 'iptables --apisix-user 501:20 --inbound-ports 80'.split(' ')
const isRoot = process.getuid?.() === 0

test('--output replaces a symbolic link, and never follows one', async () => {
  const folder = workshop('links')
  const at = (name: string) => join(folder, name)
  writeFileSync(at('theirs'), 'theirs')
  symlinkSync(at('theirs'), at('rules'))
  symlinkSync(at('nothing'), at('dangling'))
  assert.is((await run([...WRITE, '--output', at('rules')])).status, 0)
  isOneError(await run([...WRITE, '--output', at('dangling')]), 1, /--output: ".*" is not a regular file: /)
  assert.ok(lstatSync(at('rules')).isFile())
  assert.is(readFileSync(at('theirs'), 'utf8'), 'theirs')
  assert.equal(readdirSync(folder).sort(), ['dangling', 'rules', 'theirs'])
})

test("a hard link's other name keeps its old content, and its mode", async () => {
  const folder = workshop('links')
  const [one, other] = [join(folder, 'one'), join(folder, 'other')]
  writeFileSync(other, 'old', { mode: 0o600 })
  linkSync(other, one)
  assert.is((await run([...WRITE, '--output', one])).status, 0)
  assert.is(readFileSync(other, 'utf8'), 'old')
  assert.is(statSync(other).mode & 0o777, 0o600)
  assert.is(statSync(other).nlink, 1)
})

test('a new file has the mode that the umask leaves it', async () => {
  for (const [umask, ...expected] of [
    ['000', '666', '777'],
    ['022', '644', '755'],
    ['077', '600', '700'],
  ] as const) {
    const folder = workshop('umask')
    const shell = `umask ${umask}; exec "$@"`
    await run([...WRITE, '--output', join(folder, 'rules')], { shell })
    await run([...WRITE, '--format', 'script', '--output', join(folder, 'script')], { shell })
    const modes = ['rules', 'script'].map((name) => (statSync(join(folder, name)).mode & 0o7777).toString(8))
    assert.equal(modes, expected, umask)
  }
})

testWith('strace', 'the temporary file is made by O_EXCL, and nobody else can read it', async () => {
  const log = join(workshop('trace'), 'log')
  const file = join(workshop('trace'), 'rules')
  await run([...WRITE, '--output', file], { shell: `exec strace -f -e trace=openat,rename -o ${log} "$@"` })
  const made = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('.apisix-mesh-agent'))
  assert.match(made[0] ?? '', /O_RDWR\|O_CREAT\|O_EXCL(\|O_CLOEXEC)?, 0600/)
})

test('others who swap links and files at the target all the time: their file stays, ours is whole', async () => {
  const folder = workshop('race')
  const [secret, target] = [join(folder, 'secret'), join(folder, 'rules')]
  writeFileSync(secret, 'secret')
  const script = `while [ ! -e ${folder}/stop ]; do ln -sf ${secret} ${target}; ln -f ${secret} ${target}; rm -f ${target}; done`
  const others = exec(['sh', '-c', script])
  const text = 'rules\n'.repeat(1000)
  for (let round = 0; round < 300; round++) writeWhole(target, text)
  writeFileSync(join(folder, 'stop'), '')
  await others
  assert.is(readFileSync(secret, 'utf8'), 'secret')
  writeWhole(target, text)
  assert.is(readFileSync(target, 'utf8'), text)
  assert.equal(readdirSync(folder).sort(), ['rules', 'secret', 'stop'])
})

test('relative and empty entries of PATH are ignored, for the tools, for what they start, and for getent', async () => {
  const { here, path } = standIns(`env >"$HERE/env"; ${shows(EMPTY)}`)
  const bad = workshop('bad')
  for (const tool of ['iptables-legacy-save', 'iptables-legacy-restore', 'getent'])
    writeFileSync(join(bad, tool), `#!/bin/sh\n: >${here}/taken\n`, { mode: 0o755 })
  for (const entries of ['.', '', 'bin/..', './'])
    for (const shell of [
      `cd ${bad}; PATH=${entries}:$PATH; exec "$@"`,
      `cd ${bad}; PATH=$PATH:${entries}; exec "$@"`,
    ]) {
      const { stdout, stderr } = await run(CHECK, { path, shell })
      assert.match(stdout, /^absent /m)
      const warnings = stderr.match(/PATH has relative entries, which are ignored/g) ?? []
      assert.is(warnings.length, isRoot ? 1 : 0)
      await run(['iptables', '--apisix-user', 'nosuchuser'], { path, shell })
    }
  assert.is(existsSync(join(here, 'taken')), false)
  const variables = readFileSync(join(here, 'env'), 'utf8').split('\n').filter(Boolean)
  const given = variables.filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))
  assert.equal(given.map((line) => line.split('=')[0]).sort(), ['LC_ALL', 'PATH'])
  assert.ok(
    given.every(
      (line) =>
        !line.startsWith('PATH=') ||
        line
          .slice(5)
          .split(':')
          .every((each) => each.startsWith('/')),
    ),
  )
})

testAsRoot(
  'who is asked for PATH is told once, by every command that reads the live table, and by none that does not',
  async () => {
    const { path } = standIns(shows(EMPTY))
    const shell = 'PATH=.:$PATH; exec "$@"'
    const told = (text: string) =>
      text.match(/warning: PATH has relative entries, which are ignored\. \[relative-path\]/g)
    for (const [argv] of COMMANDS) assert.is(told((await run(argv, { path, shell })).stderr)?.length, 1, argv.join(' '))
    for (const argv of [
      [...WRITE, '--dry-run'],
      [...WRITE, '--format', 'script'],
      ['check', '--golden', '/dev/null'],
    ])
      assert.is(told((await run(argv, { path, shell })).stderr), null)
    const strict = await run([...APPLY, '--strict'], { path, shell })
    assert.match(strict.stderr, /--strict: "relative-path" is a warning: .*Use --allow relative-path to accept it/)
    assert.is(strict.status, 1)
  },
)

test('nothing of the environment reaches the tools, XTABLES_LOCKFILE, LD_PRELOAD and IFS included', async () => {
  const { here, path } = standIns(`env >"$HERE/env"; ${shows(EMPTY)}`)
  const shell =
    'export XTABLES_LOCKFILE=/tmp/x XTABLES_LIBDIR=/tmp LC_ALL=de_DE LANG=de ENV=/tmp/x NODE_OPTIONS= IFS=x; exec "$@"'
  await run(CHECK, { path, shell })
  const env = readFileSync(join(here, 'env'), 'utf8')
  assert.not.match(env, /XTABLES|de_DE|LANG|^ENV=|NODE|IFS/m)
  assert.match(env, /^LC_ALL=C$/m)
})

test('no shell in between: what a shell would run is a name', async () => {
  const { here } = standIns(shows(EMPTY))
  const mark = join(here, 'ran')
  const evil = [`$(touch ${mark})`, `; touch ${mark}`, `\`touch ${mark}\``, `| touch ${mark}`]
  for (const word of evil) {
    await run(['iptables', '--apisix-user', word, '--inbound-ports', '80', '--dry-run'])
    await run(['iptables', '--apisix-user', `x${word}`.replaceAll(' ', '\t'), '--dry-run'])
    await run([...WRITE, '--iptables-restore', `/tmp/${word}restore`])
    await run([...WRITE, '--netns', word])
  }
  assert.is(existsSync(mark), false)
})

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

test('names of prototypes are values like all others', async () => {
  const expected = await cli(words('iptables --apisix-user 501:20 --inbound-ports 80 --dry-run'))
  for (const name of NAMES) {
    const env = Object.fromEntries(
      [name, name.toUpperCase(), '__PROTO__', '__proto__.apisixPort'].map((each) => [`APISIX_MESH_AGENT_${each}`, '1']),
    )
    Object.defineProperty(env, '__proto__', { value: { APISIX_MESH_AGENT_APISIX_PORT: '1' }, enumerable: true })
    assert.equal(await cli(words('iptables --apisix-user 501:20 --inbound-ports 80 --dry-run'), { env }), expected)
    for (const command of [
      name,
      `iptables --${name} x`,
      `iptables --apisix-user 501:20 --format ${name}`,
      `iptables --apisix-user 501:20 --backend ${name} --dry-run`,
      `iptables --apisix-user 501:20 --ip-family ${name} --dry-run`,
      `iptables --apisix-user 501:20 --allow ${name} --strict --dry-run`,
      `iptables --apisix-user 501:20 --inbound-ports ${name} --dry-run`,
      `iptables --apisix-user 501:20 --wait 5${name} --dry-run`,
      `iptables --apisix-user ${name} --root fixtures/root --dry-run`,
      `iptables --apisix-user 501:20 --outbound-ports 80 --outbound-exclude-users ${name} --root fixtures/root --dry-run`,
      `iptables --apisix-user 501:20 --outbound-ports 80 --outbound-exclude-groups ${name} --root fixtures/root --dry-run`,
      `explain --out ${name}:80`,
      `explain --out 10.0.0.1:80 --uid ${name}`,
    ]) {
      const { status, stdout, stderr } = await cli(words(command))
      assert.not.match(stderr, /internal error/, command)
      assert.is.not(stderr, '', command)
      assert.equal([status, stdout], [1, ''], command)
    }
  }
})

test('accounts may be named like prototypes', async () => {
  const root = workshop('root')
  mkdirSync(join(root, 'etc'))
  const lines = NAMES.map((name, at) => `${name}:x:${2000 + at}:${3000 + at}::/:/bin/sh\n`)
  writeFileSync(join(root, 'etc/passwd'), lines.join(''))
  for (const [at, name] of NAMES.entries()) {
    const { stdout } = await cli(['iptables', '--apisix-user', name, '--root', root, '--dry-run'])
    assert.match(stdout, new RegExp(`--uid-owner ${2000 + at} `))
    assert.match(stdout, new RegExp(`--gid-owner ${3000 + at} `))
  }
})

test('a table may name chains like prototypes', async () => {
  const chains = NAMES.map((name) => `:${name} - [0:0]\n-A ${name} -j RETURN\n-A OUTPUT -j ${name}\n`)
  const stdin = EMPTY.replace('COMMIT', `${chains.join('')}COMMIT`)
  const { status, stdout } = await cli(words('iptables --apisix-user 501:20 --inbound-ports 80 --from -'), { stdin })
  assert.is(status, 0)
  assert.not.match(stdout, new RegExp(NAMES.join('|')))
  assert.is((await cli(words('explain --out 10.0.0.1:80 --from -'), { stdin })).status, 0)
  assert.is((await cli(words('explain --from -'), { stdin })).status, 0)
})

test('a template reaches no prototype', async () => {
  const file = join(workshop('template'), 'template')
  for (const reach of [
    'constructor',
    '__proto__',
    'constructor.constructor',
    'lookup this "constructor"',
    'toString',
  ]) {
    writeFileSync(file, `{{${reach}}}`)
    const { status, stdout, stderr } = await cli([...WRITE, '--template', file])
    assert.match(stderr, /--template: .* cannot be used: /)
    assert.equal([status, stdout], [1, ''])
  }
})

test('--output takes any name for a name', async () => {
  const folder = workshop('names')
  for (const name of NAMES) await run([...WRITE, '--output', join(folder, name)])
  assert.equal(readdirSync(folder).sort(), [...NAMES].sort())
})

test.run()
