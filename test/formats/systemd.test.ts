import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, golden, words } from '../support'
import { workshop } from '../workshop'

const COMMAND = 'iptables --apisix-user 501:20 --inbound-ports 80,443'
const REAPPLY = 'apisix-redirect-reapply@.service'
const printed = async (options: string) => (await cli(words(`${COMMAND} ${options}`))).stdout

/** The units, by the names under which they are installed. */
const unitsFor = async (script: string): Promise<Record<string, string>> => ({
  'apisix-redirect.service': await printed(`--format systemd --install-path ${script}`),
  [REAPPLY]: await printed(`--format systemd-reapply --install-path ${script}`),
  'apisix-redirect.timer': await printed('--format systemd-timer'),
})

test('golden', async () => {
  for (const [name, text] of Object.entries(await unitsFor('/usr/local/sbin/redirect'))) golden(name, text)
})

test('what another service does never cleans up', async () => {
  const { [REAPPLY]: unit = '' } = await unitsFor('/usr/local/sbin/redirect')
  assert.not.match(unit, /ExecStop|--clean/)
})

const VERIFY = '/usr/bin/systemd-analyze'
const verified = existsSync(VERIFY) || process.env.CI ? test : test.skip

verified('systemd accepts the units, for services that are there and for others', async () => {
  const folder = workshop('unit')
  const script = join(folder, 'redirect')
  await cli(words(`${COMMAND} --format script --output ${script}`))
  const units = await unitsFor(script)
  for (const [name, text] of Object.entries(units)) writeFileSync(join(folder, name), text)
  const SERVICE = '[Service]\nExecStart=/bin/sleep 1\nExecReload=/bin/true\n'
  writeFileSync(join(folder, 'docker.service'), SERVICE)
  const paths = ['apisix-redirect.service', 'apisix-redirect.timer', ...['docker', 'firewalld', 'timer'].map(instance)]
  const said = execFileSync('sh', ['-c', `${VERIFY} verify --man=no ${paths.join(' ')} 2>&1 || :`], {
    cwd: folder,
    env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
    encoding: 'utf8',
  })
  assert.equal(
    said.split('\n').filter((line) => line.includes('apisix-redirect')),
    [],
  )
})

const instance = (name: string) => REAPPLY.replace('@', `@${name}`)

test.run()
