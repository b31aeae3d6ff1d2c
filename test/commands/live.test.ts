import { spawn } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { run } from '../../src/system/run'
import { cli, words } from '../support'
import { workshop } from '../workshop'

const EMPTY =
  '*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n'
const SHOWS = (text: string) => `printf '${text.replaceAll('\n', '\\n').replaceAll("'", "'\\''")}'`
const APPLY = 'iptables --apisix-user 501:20 --inbound-ports 80'

/** Stand-ins for the tools, as lines of sh; gives the option that chooses them. */
function tools(save: string, restore: string): string {
  const folder = workshop('tools')
  for (const [name, line] of Object.entries({ 'iptables-legacy-save': save, 'iptables-legacy-restore': restore })) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${line}\n`)
    chmodSync(join(folder, name), 0o755)
  }
  return `--iptables-restore ${folder}/iptables-legacy-restore`
}

const READS = 'cat > /dev/null'

/** What the tools do, and what we say of it. */
const FAILURES: [what: string, save: string, restore: string, says: RegExp][] = [
  ['save fails', 'echo broken >&2; exit 3', READS, /-save failed with status 3. Nothing was changed.\nbroken\n$/],
  ['save dies', 'kill -9 $$', READS, /-save was ended by a signal. Nothing was changed.\n$/],
  [
    'save hangs',
    'sleep 30',
    READS,
    /-save did not end in time and was stopped. Use a longer --timeout. Nothing was changed.\n$/,
  ],
  [
    'save prints nothing',
    'true',
    READS,
    /shows no complete nat table.*Nothing was changed.\nthere is no nat table in it\n/,
  ],
  ['save prints half', SHOWS(EMPTY.replace('COMMIT\n', '')), READS, /shows no complete nat table/],
  ['save prints garbage', 'head -c 100000 /dev/urandom', READS, /shows no complete nat table/],
  ['only nft can show it', SHOWS("# Table `nat' is incompatible, use 'nft' tool.\n"), READS, /no complete nat table/],
  [
    'restore rejects',
    SHOWS(EMPTY),
    `${READS}; echo 'line 2 failed' >&2; exit 1`,
    /rejected `-N APISIX_REDIRECT`.* Nothing was changed./,
  ],
  [
    'restore dies',
    SHOWS(EMPTY),
    'kill -9 $$',
    /-restore was ended by a signal. The rules are the complete old or the complete new set.\n$/,
  ],
  ['restore hangs', SHOWS(EMPTY), 'sleep 30', /-restore did not end in time/],
  ['restore closes stdin', SHOWS(EMPTY), 'exec 0<&-; exit 2', /-restore failed with status 2. Nothing was changed./],
  ['restore does nothing', SHOWS(EMPTY), READS, /-restore reports success, but the rules are not in the table/],
  [
    'the lock is held',
    SHOWS(EMPTY),
    `${READS}; echo 'Another app is currently holding the xtables lock.' >&2; exit 4`,
    /--wait/,
  ],
]

for (const [what, save, restore, says] of FAILURES)
  test(what, async () => {
    const limit = what.includes('hangs') ? '--timeout 1' : ''
    const { status, stdout, stderr } = await cli(words(`${APPLY} ${limit} ${tools(save, restore)}`), { run })
    assert.match(stderr, says)
    assert.is(stdout, '')
    assert.is(status, 1)
  })

test('tools that are not there', async () => {
  const { status, stderr } = await cli(words(`${APPLY} --iptables-restore /nosuch/iptables-restore`), { run })
  assert.match(stderr, /apisix-mesh-agent: error: there is no \/nosuch\/iptables-save.\n$/)
  assert.is(status, 1)
})

test('tools that cannot be started', async () => {
  const chosen = tools('', '')
  writeFileSync(words(chosen)[1]?.replace('restore', 'save') as string, '#!/no/such/shell\n')
  const { status, stderr } = await cli(words(`${APPLY} ${chosen}`), { run })
  assert.match(stderr, /-save cannot be started: .*ENOENT. Nothing was changed./)
  assert.is(status, 1)
})

const SIGNALS: [signal: NodeJS.Signals, status: number][] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]

for (const [signal, expected] of SIGNALS)
  test(`${signal} during an apply ends it with status ${expected}`, async () => {
    const argv = words(`dist/cli.cjs ${APPLY} ${tools(SHOWS(EMPTY), `echo reading >&2; exec sleep 30`)} --verbose`)
    const child = spawn(process.execPath, argv, { stdio: 'pipe' })
    let stderr = ''
    child.stderr.on('data', (data) => {
      stderr += data
      if (String(data).includes('COMMIT')) setTimeout(() => child.kill(signal), 100)
    })
    const status = await new Promise((resolve) => child.once('close', resolve))
    assert.match(stderr, `stopped by ${signal}. The rules of each family are the complete old or the complete new set.`)
    assert.is(status, expected)
  })

test.run()
