/**
 * `npm run demo`: all of it at work, in network namespaces that are gone afterwards. Ends with 1 when something is not as it
 * should be. Needs root, and iptables.
 */
import { inLab } from '../kernel/harness/lab'
import { lackOf } from '../kernel/harness/needs'
import { BACKENDS } from '../kernel/harness/tools'
import { play } from './play'
import { Unexpected } from './stage'

const NEEDS = ['unshare', 'nsenter', 'setpriv', 'ip', 'iptables']

async function main() {
  const lacks = BACKENDS.map((backend) => lackOf(backend, [...NEEDS, `iptables-${backend}`]))
  const backend = BACKENDS.find((_, at) => !lacks[at])
  if (!backend) {
    const remedy = lacks[0]?.command.replace('test:kernel', 'demo')
    return fail(`the demo cannot be shown here: ${lacks[0]?.reason}; to enable it: ${remedy}`)
  }
  const started = performance.now()
  await inLab(backend, play)
  process.stdout.write(`\n${((performance.now() - started) / 1000).toFixed(1)} s, and nothing is left of it.\n`)
}

function fail(sentence: string) {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 1
}

main().catch((error) => fail(error instanceof Unexpected ? `not as it should be: ${error.message}` : error.stack))
