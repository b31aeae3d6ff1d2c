import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testWith } from '../needing'
import { EMPTY, IN_FORCE, script } from './example'
import { SHELLS } from './shells'
import { OBEDIENT, standIns } from './stand-ins'

for (const [name, shell] of Object.entries(SHELLS))
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGINT', 2],
    ['SIGHUP', 1],
  ] as const)
    testWith(shell[0], `${signal} waits for the document that is being loaded (${name})`, async () => {
      const stand = standIns({ ...OBEDIENT, restore: 'sleep 0.3; exec cat >"$HERE/sent"' })
      stand.put('live', EMPTY)
      stand.put('after', IN_FORCE)
      stand.put('script', script)
      const child = spawn(shell[0], [...shell.slice(1), `${stand.here}/script`], { env: stand.environment })
      const said = text(child.stderr)
      while (!stand.started().some((line) => line.startsWith('restore'))) await setTimeout(5)
      child.kill(signal)
      const [status] = await once(child, 'exit')
      assert.is(status, 128 + number)
      assert.match(stand.sent(), /COMMIT\n$/)
      assert.is(
        await said,
        `apisix-mesh-agent: stopped by ${signal}. The rules are the complete old or the complete new set.\n`,
      )
    })

test.run()
