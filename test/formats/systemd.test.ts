import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, golden, words } from '../support'
import { workshop } from '../workshop'

const COMMAND = 'iptables --apisix-user 501:20 --inbound-ports 80,443'
const UNIT = `${COMMAND} --format systemd --install-path`

test('golden', async () =>
  golden('apisix-redirect.service', (await cli(words(`${UNIT} /usr/local/sbin/redirect`))).stdout))

const VERIFY = '/usr/bin/systemd-analyze'
const verified = existsSync(VERIFY) || process.env.CI ? test : test.skip

verified('systemd accepts the unit', async () => {
  const folder = workshop('unit')
  const script = join(folder, 'redirect')
  await cli(words(`${COMMAND} --format script --output ${script}`))
  const unit = join(folder, 'apisix-redirect.service')
  writeFileSync(unit, (await cli(words(`${UNIT} ${script}`))).stdout)
  const said = execFileSync('sh', ['-c', `${VERIFY} verify --man=no ${unit} 2>&1`], { encoding: 'utf8' })
  assert.is(
    said
      .split('\n')
      .filter((line) => line.includes('apisix-redirect'))
      .join('\n'),
    '',
  )
})

test.run()
