#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8'
import { NAME } from './commands/context'
import { main } from './main'
import { getent, run, stopAll } from './system/run'

// The young generation grows to 32 MB for a large ruleset, and is never given back: 25 of 110 MB for 60,000 ports.
setFlagsFromString('--semi-space-growth-factor=1')

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

// A document is in force whole or not at all, so that stopping is safe at every instant.
for (const [signal, number] of Object.entries(SIGNALS))
  process.once(signal, async () => {
    await stopAll()
    process.stderr.write(`${NAME}: stopped by ${signal}; the rules are the old or the new set, whole\n`)
    process.exit(128 + number)
  })

main(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  colorDepth: process.stdout.isTTY && !process.env.NO_COLOR ? process.stdout.getColorDepth() : 1,
  run,
  getent,
}).then((status) => {
  process.exitCode = status
})
