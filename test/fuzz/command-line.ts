import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import * as assert from 'uvu/assert'
import { flagOf } from '../../src/options/input'
import { ROWS } from '../../src/options/table'
import type { Run } from '../../src/system/run'
import { MANIFESTS } from '../inject/fixtures'
import { validValuesOf } from '../options'
import { cli, FIXTURES } from '../support'
import { workshop } from '../workshop'
import { assertHarmless, assertPrinted } from './forms'
import { savedTables } from './saved'
import { type Fuzzed, fuzzed, hostile, validOrNot } from './values'

const COMMANDS = ['iptables', 'cleanup-iptables', 'check', 'explain', 'precheck', 'inject']
const NAME = 'apisix-mesh-agent'
const OWN = 'of a template of one’s own'

const folder = workshop('fuzz')
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const ports = file('ports', '80 443\n# 8080\n9000-9010')
/** Files are written nowhere else: what is hostile here leads to no other folder. */
const OUTPUTS = [
  ...[join(folder, 'out'), join(folder, '\u001b[31m\nout'), join(folder, 'none/out'), join(folder, 'x'.repeat(300))],
  ...[folder, '/dev/null', '-', '', `${folder}/a\0b`, `${folder}/${'d/'.repeat(3000)}`, `${ports}/out`],
]

const GIVEN: Record<string, string[]> = {
  ...Object.fromEntries(ROWS.map(([name]) => [flagOf(name), validValuesOf(name)])),
  '--inbound-ports': [...validValuesOf('inboundPorts'), `@${ports}`, '@/nosuch', `@${folder}`],
  '--inbound-interception-mode': ['REDIRECT'],
  '--root': [`${FIXTURES}/root`, '/nosuch', folder, `${folder}/\u001b[31m\n`],
  '--install-path': ['/usr/local/sbin/redirect'],
  '--template': [file('own.hbs', `${OWN} {{proxyPort}}`), file('broken.hbs', '{{#if\n\u001b'), join(folder, 'none')],
  '--from': ['-', '-', '-', `${FIXTURES}/saved/docker.rules`, join(folder, '\u001b[31m\n'), folder],
  '--golden': ['-', `${FIXTURES}/golden/rules/ranges.rules`, join(folder, '\u001b[31m\n')],
  '--iptables-restore': ['/usr/sbin/iptables-restore', '/nosuch/restore\u001b[31m\n'],
  '--timeout': ['1s'],
  '--netns': ['/proc/self/ns/net', '/nosuch\u001b[31m\n'],
  '--uid': ['1000', 'alex', 'nosuch', '-s', 'a\0b'],
  '--gid': ['1000', 'staff'],
  '--proxy-container': ['apisix', 'web'],
}
/** What `inject` is to read instead of stdin. */
const MANIFEST_FILES = [['-'], ['-', '-'], [`${FIXTURES}/manifests/pod.yaml`], ['/nosuch\u001b[31m\n'], [folder]]
const SWITCHES = ROWS.filter(([, { kind }]) => kind === 'boolean').map(([name]) => flagOf(name))
const OUTPUT_FLAGS = ['-o', '--output']

/** The flags of a command, as its help lists them. */
async function flagsOf(command: string): Promise<string[]> {
  const { stdout } = await cli([command, '--help'])
  return [...stdout.matchAll(/^ {2}(?:(-\w), )?(--[a-z][\w-]*)/gm)]
    .flatMap(([, short, long]) => [short, long])
    .filter((flag) => flag !== undefined)
}

function optionsOf(flag: string): fc.Arbitrary<string[]> {
  if (SWITCHES.includes(flag))
    return fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<string[]>([flag], [`${flag}=true`], [`${flag}=false`]) },
      hostile.map((value) => [`${flag}=${value}`]),
    )
  const values = OUTPUT_FLAGS.includes(flag) ? fc.constantFrom(...OUTPUTS) : validOrNot(GIVEN[flag] ?? [])
  return fc.oneof(
    { weight: 6, arbitrary: values.map((value) => [`${flag}=${value}`]) },
    { weight: 3, arbitrary: values.map((value) => [flag, value]) },
    fc.tuple(values, values).map(([one, two]) => [`${flag}=${one}`, `${flag}=${two}`]),
    fc.constantFrom<string[]>([flag], [`${flag}=`], [`--no-${flag.replace(/^-+/, '')}`]),
  )
}

/** Words that belong nowhere. None of them can be taken for the flag of a file to write. */
const strays = hostile.filter((word) => !OUTPUT_FLAGS.some((flag) => word.startsWith(flag))).map((word) => [word])

async function commandLines(): Promise<fc.Arbitrary<string[]>> {
  const all = await Promise.all(
    COMMANDS.map(async (command) => {
      const flags = (await flagsOf(command)).map(optionsOf)
      // Without one of these most command lines would be about the live table.
      const first =
        command === 'iptables' || command === 'cleanup-iptables'
          ? ['--dry-run', '--from=-']
          : command === 'inject'
            ? ['--image=a/b:1']
            : ['--from=-', '--golden=-']
      const set = command === 'cleanup-iptables' ? [] : [`--root=${FIXTURES}/root`]
      // To inject any word may be a file, or a folder whose files are read.
      const other = command === 'inject' ? fc.constantFrom(...MANIFEST_FILES) : strays
      return fc
        .tuple(
          fc.array(fc.oneof(...flags), { maxLength: 6 }),
          fc.option(fc.constantFrom(...first), { freq: 4 }),
          fc.option(other, { freq: 1, nil: [] }),
        )
        .map(([options, sink, stray]) => [
          command,
          ...set,
          ...(sink ? [sink] : []),
          ...options.flat(),
          ...(Math.abs(stray.join().length) % 5 === 0 ? stray : []),
        ])
    }),
  )
  const anything = fc.array(strays, { maxLength: 4 }).map((words) => words.flat())
  const weights = [6, 3, 4, 4, 1, 4]
  return fc.oneof(...all.map((arbitrary, at) => ({ arbitrary, weight: weights[at] as number })), anything)
}

async function environments(): Promise<fc.Arbitrary<NodeJS.ProcessEnv>> {
  const flags = (await Promise.all(COMMANDS.map(flagsOf)))
    .flat()
    .filter((flag) => flag.startsWith('--') && flag !== '--output')
  const names = [...new Set(flags)].map(
    (flag) => [`APISIX_MESH_AGENT_${flag.slice(2).toUpperCase().replaceAll('-', '_')}`, flag] as const,
  )
  const one = fc
    .constantFrom(...names)
    .chain(([name, flag]) =>
      validOrNot(SWITCHES.includes(flag) ? ['true', 'false'] : (GIVEN[flag] ?? [])).map(
        (value) => [name, value] as const,
      ),
    )
  const other = fc.tuple(
    fc.constantFrom('PATH', 'SSH_CONNECTION', '__proto__', 'APISIX_MESH_AGENT_NOSUCH', 'NO_COLOR'),
    hostile,
  )
  return fc.oneof(
    fc.constant({}),
    fc.array(fc.oneof({ weight: 4, arbitrary: one }, other), { maxLength: 3 }).map((some) => Object.fromEntries(some)),
  )
}

/** Manifests, as they are, and with something put into them or taken out. */
const manifests = fc
  .record({ text: fc.constantFrom(...MANIFESTS.map(({ text }) => text)), at: fc.nat(), gap: fc.nat(9), put: hostile })
  .chain(({ text, at, gap, put }) => {
    const start = at % (text.length + 1)
    return fc.constantFrom(text, text.slice(0, start) + put + text.slice(start + gap))
  })

const STAND_IN = 'a stand-in \u001b[31mfails'
const run: Run = async () => ({ status: 1, stdout: '', stderr: STAND_IN, late: false })

const LIMIT = 2_000

async function isAnswered(
  argv: string[],
  env: NodeJS.ProcessEnv,
  stdin: string,
  line: string,
  manifest: string,
): Promise<void> {
  if (argv[0] === 'inject') return isInjected(argv, env, manifest, line)
  const start = performance.now()
  const { status, stdout, stderr } = await cli(argv, { env, stdin, run, getent: () => `${line}\n` })
  assert.ok(performance.now() - start < LIMIT, 'takes too long')

  const [command = ''] = argv
  assert.ok(status === 0 || status === 1 || (status === 2 && command === 'check'), `exit status ${status}`)
  const all = stdout + stderr
  assert.not.match(all, /internal error|^ +at .*\(|\[native code\]|\[object Object\]/m)
  assertHarmless(stderr)
  // A rule of somebody is removed as it is, or iptables-restore would not find it.
  const printed = stdout.split('\n').filter((each) => !each.startsWith('-D '))
  assertHarmless(printed.join('\n'))

  const isTrouble = command === 'check' ? status === 2 : status !== 0
  if (isTrouble && command !== 'precheck') assert.is(stdout, '')
  if (isTrouble && command !== 'precheck')
    assert.match(stderr, new RegExp(argv.length === 0 ? '^Usage: ' : `^${NAME}: `))
  if (argv.length === 0) return
  const said = stderr.split('\n').slice(0, -1)
  assert.is(stderr === '' || stderr.endsWith('\n'), true)
  if (!/verbose/i.test([...argv, ...Object.keys(env)].join(' ')))
    for (const each of said) assert.ok(each.startsWith(`${NAME}: `) || each.startsWith('a stand-in '), each)
  assert.is(new Set(said).size, said.length, stderr)

  const isDocument = command === 'iptables' || command === 'cleanup-iptables'
  if (isDocument && stdout !== '' && !stdout.startsWith('Usage: ') && !stdout.startsWith(OWN)) {
    const lines = new Set(
      stdin.split('\n').map((each) =>
        each
          .trimEnd()
          .replace(/^\[\d+:\d+\] /, '')
          .replace(/^-A \S+$/, '$& '),
      ),
    )
    const isFrom =
      argv.some((word) => word.startsWith('--from')) || Object.keys(env).some((name) => name.endsWith('_FROM'))
    if (isFrom) assertPrinted(stdout, (rule) => lines.has(rule))
    else if (command === 'iptables' || stdout.startsWith('*nat') || stdout.startsWith('#!')) assertPrinted(stdout)
  }
}

/** What `inject` prints is what it was given, besides what it adds: with all that is harmful in that. */
async function isInjected(argv: string[], env: NodeJS.ProcessEnv, stdin: string, line: string): Promise<void> {
  const start = performance.now()
  const { status, stdout, stderr } = await cli(argv, { env, stdin, run, getent: () => `${line}\n` })
  assert.ok(performance.now() - start < LIMIT, 'takes too long')
  assert.ok(status === 0 || status === 1, `exit status ${status}`)
  assert.not.match(stderr, /internal error|^ +at .*\(|\[native code\]|\[object Object\]/m)
  assertHarmless(stderr)
  const said = stderr.split('\n').slice(0, -1)
  for (const each of said) assert.ok(each.startsWith(`${NAME}: `), each)
  assert.is(new Set(said).size, said.length, stderr)
  assert.is(/^apisix-mesh-agent: error: /m.test(stderr), status === 1, stderr)
  const isOther =
    /remove|diff/i.test([...argv, ...Object.keys(env)].join(' ')) ||
    argv.slice(1).some((word) => !word.startsWith('--'))
  if (isOther || stdout === '' || stdout.startsWith('Usage: ')) return
  assert.is((await cli(['inject', '--remove'], { stdin: stdout })).stdout, stdin)
}

/** Everything, as the executable does it, but for processes. */
export async function throughTheCommandLine(): Promise<Fuzzed> {
  const nss = fc.constantFrom('', 'alex:x:501:20:::', 'alex:x:4294967295:1:::', '\u001b[31m:x:1:1:::')
  const tables = fc.oneof({ weight: 4, arbitrary: savedTables }, hostile)
  return fuzzed(
    'every command line is answered, in time and without harm',
    1000,
    fc.asyncProperty(await commandLines(), await environments(), tables, nss, manifests, isAnswered),
  )
}
