#!/usr/bin/env node
import { fstatSync } from 'node:fs'
import { everything } from './all'
import { type Context, describeError, NAME } from './commands/context'
import { asksForHelp, type Commands, main } from './main'
import { printerTo } from './system/print'
import { getent, run, stopAll } from './system/run'

const [stdout, stderr] = [printerTo(1), printerTo(2)]

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

// A document is in force whole or not at all, so that stopping is safe at every instant.
for (const [signal, number] of Object.entries(SIGNALS))
  process.once(signal, async () => {
    await stopAll()
    stderr.write(`${NAME}: stopped by ${signal}; the rules are the old or the new set, whole\n`)
    process.exit(128 + number)
  })

/** What runs at the start of every pod: these start faster, from a smaller file. */
const QUICK: Commands = {
  iptables: async () => (await import('./commands/iptables')).IptablesCommand,
  'cleanup-iptables': async () => (await import('./commands/cleanup-iptables')).CleanupIptablesCommand,
}

const argv = process.argv.slice(2)
const context = {
  env: process.env,
  get stdin() {
    return process.stdin
  },
  stdout,
  stderr,
  get colorDepth() {
    const isTerminal = fstatSync(1).isCharacterDevice() && process.stdout.isTTY
    return isTerminal && !process.env.NO_COLOR ? process.stdout.getColorDepth() : 1
  },
  run,
  getent,
} as unknown as Context
const isQuick = Object.hasOwn(QUICK, argv[0] ?? '') && !asksForHelp(argv)
const start = async () => (isQuick ? main(argv, context, QUICK) : everything(argv, context))
start()
  .catch((error) => {
    stderr.write(describeError(error))
    return 1
  })
  .then((status) => {
    process.exitCode = status
  })
