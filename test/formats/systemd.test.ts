import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { golden } from '../support'
import { workshop } from '../workshop'
import { installScript, unitsFor } from './units'

test('golden', async () => {
  for (const [name, text] of Object.entries(await unitsFor('/usr/local/sbin/redirect'))) golden(`systemd/${name}`, text)
  const native = await unitsFor('/usr/local/sbin/redirect', '--native-nftables')
  golden('systemd/apisix-redirect-nft.service', native['apisix-redirect.service'] as string)
})

test('with nft it is another script that the same units run', async () => {
  const [units, native] = [await unitsFor('/a'), await unitsFor('/a', '--native-nftables')]
  const without = (text = '') => text.replace(/^#.*\n/gm, '')
  for (const name of Object.keys(units)) assert.is(without(native[name]), without(units[name]))
  for (const text of Object.values(native)) assert.match(text, /^# Made by: .* --native-nftables=true --format systemd/)
  assert.match(native['apisix-redirect.service'] ?? '', /^# The script: .* --native-nftables=true --format script /m)
})

test('what another service does never cleans up', async () => {
  for (const [name, text] of Object.entries(await unitsFor('/usr/local/sbin/redirect')))
    if (name !== 'apisix-redirect.service') assert.not.match(text, /ExecStop|--clean/)
})

const VERIFY = '/usr/bin/systemd-analyze'
const verified = existsSync(VERIFY) || process.env.CI ? test : test.skip

verified('systemd accepts the units, for services that are there and for others', async () => {
  const folder = workshop('unit')
  const script = join(folder, 'redirect')
  await installScript(script)
  const units = await unitsFor(script)
  for (const [name, text] of Object.entries(units)) writeFileSync(join(folder, name), text)
  writeFileSync(join(folder, 'docker.service'), '[Service]\nExecStart=/bin/sleep 1\nExecReload=/bin/true\n')
  const instances = ['docker', 'missing'].flatMap((service) =>
    Object.keys(units).map((name) => name.replace('@', `@${service}`)),
  )
  const said = execFileSync('sh', ['-c', `${VERIFY} verify --man=no ${instances.join(' ')} 2>&1 || :`], {
    cwd: folder,
    env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
    encoding: 'utf8',
  })
  assert.equal(
    said.split('\n').filter((line) => line.includes('apisix-redirect')),
    [],
  )
})

test.run()
