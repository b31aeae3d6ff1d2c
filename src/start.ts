import { fstatSync } from 'node:fs'
import { type Context, describeError, NAME } from './commands/session'
import { type Commands, main } from './main'
import { printerTo } from './system/print'
import { getent, run, whenStopped } from './system/run'
import { tellingWaits } from './system/waiting'

const [stdout, stderr] = [printerTo(1), printerTo(2)]

const context = {
  env: process.env,
  get stdin() {
    return process.stdin
  },
  stdout,
  stderr,
  get colorDepth() {
    return colorDepth(1)
  },
  get errorColorDepth() {
    return colorDepth(2)
  },
  run: tellingWaits(run, (what) => {
    if (process.stderr.isTTY) stderr.write(`${NAME}: ${what} …\n`)
  }),
  getent,
} as unknown as Context

/** Runs a command line as this process, and ends it with the exit status: see `main`. */
export async function start(commands: Commands): Promise<never> {
  // A document is loaded whole or not at all, so that stopping is safe at every instant.
  const state = changesRules(process.argv[2])
    ? ' The rules of each family are the complete old or the complete new set.'
    : ''
  whenStopped((signal) => stderr.write(`${NAME}: stopped by ${signal}.${state}\n`))
  const status = await main(process.argv.slice(2), context, commands).catch((error) => {
    stderr.write(describeError(error, false, context))
    return 1
  })
  // Everything is done and written: Node.js would take longer to find that out.
  process.exit(status)
}

/** Bits of colour for stdout (1) or stderr (2): none with `NO_COLOR`, some with `FORCE_COLOR` (0: none), else as the terminal says. */
function colorDepth(fd: 1 | 2): number {
  const { NO_COLOR, FORCE_COLOR } = process.env
  if (NO_COLOR) return 1
  if (FORCE_COLOR !== undefined) return /^(0|false)$/.test(FORCE_COLOR) ? 1 : 4
  if (!fstatSync(fd).isCharacterDevice()) return 1
  const stream = fd === 1 ? process.stdout : process.stderr
  return stream.isTTY ? stream.getColorDepth() : 1
}

const changesRules = (command: string | undefined) => /^(cleanup-)?iptables$/.test(command ?? '')
