import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { installScript, unitsFor } from '../formats/units'
import { testAsRoot } from '../needing'
import { workshop } from '../workshop'
import { environment, exec } from './harness/exec'

/** Holds a systemd in a control group and namespaces of its own until its standard input ends, however this process does. */
const HOLD = `
trap '' HUP INT TERM
group=/mnt/systemd-test-$$
mount -t cgroup2 cgroup2 /mnt && mkdir $group || exit 1
(
  echo 0 > $group/cgroup.procs
  exec unshare --fork --kill-child --pid --mount --net --ipc --uts --cgroup --mount-proc sh -c "$1" sh "$2"
) &
echo $!
exec > /dev/null 2>&1
cat
kill -KILL $!
wait
until find $group -depth -type d -exec rmdir {} +; do sleep 0.1; done`

/** It knows the units of a folder alone. */
const BOOT = `
mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /etc/systemd/system || exit 1
cp "$1"/* /etc/systemd/system && echo ready
exec env container=lxc SYSTEMD_UNIT_PATH=/etc/systemd/system /lib/systemd/systemd --system --unit=test.target --log-target=null`

const TARGET = '[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\n'
const SERVICE = '[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nRestartSec=0\n'
const FLUSH = 'iptables -t nat -F && iptables -t nat -X'
const FLUSH_SLOWLY = `sleep 0.2; ${FLUSH} && touch /run/flushed`

/** Units that the machine has besides those that are printed: docker flushes before it is ready, and late afterwards. */
const MACHINE = {
  'test.target': TARGET,
  'sysinit.target': TARGET,
  'basic.target': TARGET,
  'docker.service': `${SERVICE}
ExecStartPre=/bin/sh -c '${FLUSH_SLOWLY}'
ExecStart=/bin/sleep infinity
ExecReload=/bin/sh -c '${FLUSH_SLOWLY}'
`,
  'late.service': `${SERVICE}
ExecStart=/bin/sh -c '(${FLUSH_SLOWLY}) & exec sleep infinity'
ExecReload=/bin/sh -c '(${FLUSH_SLOWLY}) &'
`,
}

async function boot(options = '') {
  const folder = workshop('systemd')
  const script = join(workshop('systemd-script'), 'redirect')
  await installScript(script, options)
  // A timer that is faster than the printed one.
  for (const [name, text] of Object.entries({ ...MACHINE, ...(await unitsFor(script, options)) }))
    writeFileSync(join(folder, name), text.replace(/=1min/g, '=2s').replace('=10s', '=10ms'))

  const hold = ['-m', 'sh', '-c', `exec 2>&1${HOLD}`, 'sh', BOOT, folder]
  const holder = spawn('unshare', hold, { env: environment() })
  const end = async () => {
    const exited = once(holder, 'exit')
    holder.stdin.end()
    await exited
  }
  let said = ''
  for await (const text of holder.stdout.iterator({ destroyOnReturn: false })) {
    said += text
    if (said.includes('ready')) break
  }
  if (!said.includes('ready')) throw new Error(`systemd did not start: ${said}`)
  const pid = /\d+/.exec(said)?.[0]
  const spaces = ['-t', `${pid}`, '-m', '-n', `--pid=/proc/${pid}/ns/pid_for_children`]
  const run = async (line: string) => {
    const { status, stdout, stderr } = await exec(['nsenter', ...spaces, 'sh', '-c', line])
    return { status, said: stdout + stderr }
  }
  return { run, end }
}

/** Has the second look of each instance come at once, and waits for the end of all that goes on. */
const HURRY = `until [ "$(systemctl show -p NJobs)" = NJobs=0 ] && ! pgrep -f '; [s]leep 5|/redirect$'; do pkill -f '^sleep 5'; sleep 0.1; done`
const untilFlushed = (line: string) => `rm -f /run/flushed; ${line}; until [ -e /run/flushed ]; do sleep 0.1; done`
const INSTANCES = ['docker', 'late', 'missing'].map((name) => `apisix-redirect-reapply@${name}`).join(' ')

/** What happens, and whether the rules are there within the five seconds after which instances look again. */
const EVENTS: [line: string, isActive: boolean][] = [
  ['until systemctl is-active test.target; do sleep 0.1; done', false],
  ['systemctl enable --now apisix-redirect', true],
  [`systemctl enable --now ${INSTANCES}`, true],
  [`${HURRY}; systemctl start docker`, true],
  [`${HURRY}; systemctl restart docker`, true],
  [`${HURRY}; systemctl reload docker`, true],
  [`${HURRY}; ${untilFlushed('systemctl kill -s KILL docker')}`, true],
  ['for each in 1 2 3 4 5 6 7; do systemctl restart docker; done', true],

  ['systemctl stop apisix-redirect docker', false],
  [untilFlushed('systemctl start apisix-redirect late'), false],
  [HURRY, true],
  [untilFlushed('systemctl reload late'), false],
  [HURRY, true],

  ['systemctl start docker && systemctl stop apisix-redirect', false],
  [`systemctl restart docker && systemctl reload docker && ${HURRY}`, false],
  ['systemctl start apisix-redirect', true],
  [`${HURRY}; systemctl reload docker`, true],
  ['systemctl restart apisix-redirect', true],
  ['[ -z "$(systemctl --failed --no-legend)" ]', true],

  ['systemctl enable --now apisix-redirect-repair.timer', true],
  [`${HURRY}; systemctl stop docker late`, true],
  [FLUSH, true],
  [FLUSH, true],
  ['systemctl stop apisix-redirect && ! systemctl start apisix-redirect-repair', false],
  ['! systemctl is-active apisix-redirect-repair.timer', false],
  ['systemctl start apisix-redirect', true],
  [FLUSH, true],
]

/** The same units with the script for nft: the sandbox lets it work. */
const EVENTS_WITH_NFT: typeof EVENTS = [
  ['until systemctl is-active test.target; do sleep 0.1; done', false],
  ['systemctl enable --now apisix-redirect', true],
  ['nft flush ruleset; systemctl start apisix-redirect-repair', true],
  ['systemctl start apisix-redirect-repair', true],
  ['[ -z "$(systemctl --failed --no-legend)" ]', true],
  ['systemctl stop apisix-redirect', false],
]

const SHOW = 'iptables-save -t nat; nft list ruleset'

async function follows(events: typeof EVENTS, options?: string): Promise<void> {
  const { run, end } = await boot(options)
  try {
    for (const [at, [line, isActive]] of events.entries()) {
      const { status, said } = await run(line)
      // Jobs of other units than the named one go on for a moment.
      const isReached = async () => (await run(SHOW)).said.includes('APISIX_INBOUND') === isActive
      for (let tries = 0; tries < 40 && !(await isReached()); tries++)
        await new Promise((resolve) => setTimeout(resolve, 100))
      const units = (await run('systemctl --no-pager status apisix-*')).said
      assert.ok(status === 0 && (await isReached()), `${at}: ${line}: ${status} ${said}\n${units}`)
    }
  } finally {
    await end()
  }
}

testAsRoot('a real systemd: the rules return after what flushes them, and only while they are wanted', () =>
  follows(EVENTS),
)

testAsRoot('a real systemd, with nft', () => follows(EVENTS_WITH_NFT, '--native-nftables'))

test.run()
