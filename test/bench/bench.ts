/**
 * Whole-process comparisons on this machine's kernel, both backends: each is a ratio of two tasks that are run in turn,
 * printed beside its bound. Takes the number of pairs (30 by default). Run by `npm run bench`, as root.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ratio, run, type Step, type Task } from './measure'

/** Only rules in a network namespace of our own are touched: everything starts again inside one. */
if (!process.env.BENCH_NAMESPACE) {
  const { status } = spawnSync('unshare', ['-n', process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, BENCH_NAMESPACE: '1' },
    stdio: 'inherit',
  })
  process.exit(status ?? 1)
}

const PAIRS = Number(process.argv[2] ?? 30)
const OPTIONS = ['--apisix-user', '501:20', '--inbound-ports', '80,443', '--outbound-ports', '80']
const folder = mkdtempSync('/tmp/bench-')
const cli = (...argv: string[]): Step => ({ argv: [process.execPath, 'dist/cli.cjs', ...argv] })
const made = (name: string, ...argv: string[]) => {
  const file = join(folder, name)
  run(cli('iptables', ...OPTIONS, ...argv, '--output', file))
  return file
}

const script = made('script', '--format', 'script')
const document = readFileSync(made('document'), 'utf8')
const documented = readFileSync('fixtures/documented/4-both.txt', 'utf8').trim().split('\n')

interface Row {
  what: string
  one: Task
  other: Task
  bound: number
}

function rows(backend: 'nft' | 'legacy'): Row[] {
  const tool = `iptables-${backend}`
  const scripted = (...argv: string[]): Step => ({ argv: [script, ...argv], env: { IPTABLES: tool } })
  const clean = [scripted('--clean')]
  const started: Task = {
    prepare: clean,
    steps: [{ argv: [`${tool}-save`, '-t', 'nat'] }, { argv: [`${tool}-restore`, '--noflush'], input: document }],
  }
  const commands: Task = {
    prepare: clean,
    steps: documented.map((line) => ({ argv: [tool, ...line.split(' ').slice(1)] })),
  }
  return [
    {
      what: 'script, in force ÷ save + restore',
      one: { prepare: [scripted()], steps: [scripted()] },
      other: started,
      bound: 1,
    },
    {
      what: 'script, applying ÷ save + restore',
      one: { prepare: clean, steps: [scripted()] },
      other: started,
      bound: 2,
    },
    {
      what: 'script, applying ÷ the documented commands',
      one: { prepare: clean, steps: [scripted()] },
      other: commands,
      bound: 0.65,
    },
  ]
}

console.log(
  `| example 4, ${PAIRS} pairs of runs | backend | ms | ms | ratio | at most | |\n|---|---|---|---|---|---|---|`,
)
for (const backend of ['nft', 'legacy'] as const)
  for (const { what, one, other, bound } of rows(backend)) {
    const figure = ratio(one, other, PAIRS)
    const holds = figure.ratio <= bound ? 'holds' : 'EXCEEDED'
    const numbers = [figure.one, figure.other, figure.ratio].map((number) => number.toFixed(2)).join(' | ')
    console.log(`| ${what} | ${backend} | ${numbers} | ${bound.toFixed(2)} | ${holds} |`)
  }
