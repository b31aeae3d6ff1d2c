import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { IN_FORCE as EXAMPLE_4 } from '../drift/example'
import { testWith } from '../needing'
import { EMPTY, IN_FORCE, script } from '../script/example'
import { SHELLS } from '../script/shells'
import * as shells from '../script/stand-ins'
import { workshop } from '../workshop'
import { run, standIns } from './program'

/** iptables-restore before 1.6.2, which takes the seconds behind `-w` for a file; the lock is held the first two times. */
const OLD = `
case "$*" in
  *--version*) echo 'iptables-restore v1.4.21'; exit 0 ;;
  *-w*) cat >/dev/null; echo "Can't open 5: No such file or directory" >&2; exit 1 ;;
esac
echo x >>"$HERE/tries"
if [ "$(wc -l <"$HERE/tries")" -lt 3 ]; then
  cat >/dev/null
  echo 'Another app is currently holding the xtables lock. Perhaps you want to use the -w option?' >&2
  exit 4
fi
exec cat >"$HERE/sent"`

test('tools that cannot wait for the lock are tried without -w, until they have it', async () => {
  const { path, here } = standIns('if [ -e "$HERE/sent" ]; then cat "$HERE/after"; else cat "$HERE/live"; fi', OLD)
  writeFileSync(join(here, 'live'), EMPTY)
  writeFileSync(join(here, 'after'), EXAMPLE_4)
  const argv = 'iptables --apisix-user 501:20 --inbound-ports 80,443 --outbound-ports 80 --backend legacy'.split(' ')
  const { status, stderr } = await run(argv, { path })
  assert.match(stderr, /^apisix-mesh-agent: applied: /m)
  assert.is(status, 0)
})

test('a current tool that cannot open a file is believed', async () => {
  const { path } = standIns(
    `printf '${EMPTY.replaceAll('\n', '\\n')}'`,
    `case "$*" in *--version*) echo 'iptables-restore v1.8.9 (legacy)'; exit 0 ;; esac; cat >/dev/null; echo "Can't open 5: No such file" >&2; exit 1`,
  )
  const { status, stderr } = await run(['iptables', '--apisix-user', '501:20', '--backend', 'legacy'], { path })
  assert.match(stderr, "Can't open 5")
  assert.is(status, 1)
})

test('precheck names a tool that cannot wait', async () => {
  const { path } = standIns(`printf '${EMPTY.replaceAll('\n', '\\n')}'`, OLD)
  const { stdout } = await run('precheck --apisix-user 501:20 --backend legacy --json'.split(' '), { path })
  const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string; text: string; remedy: string }[] }
  const tools = checks.find(({ name }) => name === 'tools')
  assert.match(tools?.text ?? '', /v1\.4\.21, does not wait/)
  assert.is(tools?.state, 'warning')
  assert.is(tools?.remedy, 'Install iptables 1.6.2 or later')
})

for (const [name, shell] of Object.entries(SHELLS))
  testWith(shell[0], `the script does so too (${name})`, () => {
    const tools = shells.standIns({ ...shells.OBEDIENT, restore: OLD })
    tools.put('live', EMPTY)
    tools.put('after', IN_FORCE)
    const { status, stderr } = tools.run(shell, script)
    assert.match(stderr, /applied: /)
    assert.is(status, 0)
  })

/** Tools whose names do not start with `iptables`: those of IPv6 cannot be named. */
function wrappers(): string {
  const here = workshop('wrappers')
  for (const tool of ['ipt-save', 'ipt-restore'])
    writeFileSync(join(here, tool), `#!/bin/sh\nprintf '${EMPTY.replaceAll('\n', '\\n')}'\n`, { mode: 0o755 })
  return join(here, 'ipt')
}

const UNNAMED = /cannot be derived from/

test('an IPv6 tool that cannot be named is refused where IPv6 is asked for, and else noted', async () => {
  const tool = ['--iptables-restore', `${wrappers()}-restore`]
  for (const family of ['ipv6', 'dual'])
    for (const command of ['iptables --apisix-user 501:20', 'check --apisix-user 501:20', 'cleanup-iptables']) {
      const { status, stderr } = await run([...command.split(' '), ...tool, '--ip-family', family])
      assert.match(stderr, UNNAMED, `${command} ${family}`)
      assert.ok(status, `${command} ${family}`)
    }
  const { status, stderr } = await run(['cleanup-iptables', ...tool])
  assert.match(stderr, /note: IPv6 was not read: .*cannot be derived from/)
  assert.is(status, 0)
})

for (const [name, shell] of Object.entries(SHELLS))
  testWith(shell[0], `the script refuses it too (${name})`, async () => {
    for (const family of ['ipv6', 'dual']) {
      const options = `iptables --apisix-user 501:20 --ip-family ${family} --format script`.split(' ')
      const { stdout } = await run(options)
      const tools = shells.standIns(shells.OBEDIENT)
      for (const flag of ['--apply', '--check', '--clean']) {
        const { status, stderr } = tools.run(shell, stdout, [flag], { IPTABLES: wrappers() })
        assert.match(stderr, UNNAMED)
        assert.is(status, flag === '--check' ? 2 : 1)
      }
    }
  })

test.run()
