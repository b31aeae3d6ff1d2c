import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testAsRoot } from '../needing'
import { cli, words } from '../support'
import { workshop } from '../workshop'
import { environment, exec } from './harness/exec'

const COMMAND = 'iptables --apisix-user 501:20 --inbound-ports 80'
const REAPPLY = 'apisix-redirect-reapply@'

/** A systemd of its own, in namespaces of its own: it is told its units alone. */
const BOOT = `
mount --make-rprivate / && mount -t tmpfs tmpfs /run && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit 1
echo ready
exec env container=lxc SYSTEMD_UNIT_PATH=$1 /lib/systemd/systemd --system --unit=test.target --log-target=null`

const STUB = '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep infinity\nExecReload=/bin/true\n'

interface Machine {
  run(line: string): Promise<string>
  end(): Promise<void>
}

async function boot(): Promise<Machine> {
  const folder = workshop('systemd')
  const script = join(folder, 'redirect')
  const printed = async (options: string) => (await cli(words(`${COMMAND} ${options}`))).stdout
  await printed(`--format script --output ${script}`)
  const units = {
    'test.target': '[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\n',
    'docker.service': STUB,
    'apisix-redirect.service': await printed(`--format systemd --install-path ${script}`),
    [`${REAPPLY}.service`]: await printed(`--format systemd-reapply --install-path ${script}`),
  }
  for (const [name, text] of Object.entries(units)) writeFileSync(join(folder, name), text)
  // As `systemctl enable` would have it.
  mkdirSync(join(folder, 'docker.service.wants'))
  symlinkSync(join(folder, `${REAPPLY}.service`), join(folder, 'docker.service.wants', `${REAPPLY}docker.service`))

  const spaces = ['--fork', '--kill-child', '--pid', '--mount', '--net', '--ipc', '--uts', '--cgroup', '--mount-proc']
  const holder = spawn('unshare', [...spaces, 'sh', '-c', BOOT, 'sh', folder], { env: environment(), stdio: 'pipe' })
  await new Promise((resolve, reject) => {
    holder.stdout.once('data', resolve)
    holder.once('exit', () => reject(new Error('systemd did not start')))
  })
  const pid = (await exec(['pgrep', '-P', `${holder.pid}`])).stdout.trim()
  const run = async (line: string) => {
    const { stdout, stderr } = await exec(['nsenter', '-t', pid, '-m', '-n', '-p', 'sh', '-c', line])
    return stdout + stderr
  }
  for (let tries = 0; (await run('systemctl is-active test.target')) !== 'active\n'; tries++) {
    if (tries > 100) throw new Error(`systemd does not answer: ${await run('systemctl is-active test.target')}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { run, end: () => ended(holder) }
}

async function ended(holder: ChildProcess): Promise<void> {
  const exited = new Promise((resolve) => holder.once('exit', resolve))
  holder.kill('SIGKILL')
  await exited
}

const FLUSH = 'iptables -t nat -F && iptables -t nat -X'

/** What happens, and whether the rules are there afterwards. */
const EVENTS: [line: string, isActive: boolean][] = [
  ['systemctl start apisix-redirect docker', true],
  [FLUSH, false],
  ['systemctl restart docker', true],
  [FLUSH, false],
  ['systemctl reload docker', true],
  ['systemctl stop docker', true],
  [FLUSH, false],
  ['systemctl start docker', true],
  [FLUSH, false],
  // The timer starts it each time.
  [`systemctl start ${REAPPLY}timer`, true],
  [FLUSH, false],
  [`systemctl start ${REAPPLY}timer`, true],
  ['systemctl stop apisix-redirect', false],
  ['systemctl restart docker', false],
]

testAsRoot('a real systemd: the rules return after what flushes them, and only while they are wanted', async () => {
  const { run, end } = await boot()
  try {
    for (const [at, [line, isActive]] of EVENTS.entries()) {
      const said = await run(line)
      // Jobs of other units than the named one go on for a moment.
      const isReached = async () => (await run('iptables-save -t nat')).includes('APISIX_INBOUND') === isActive
      for (let tries = 0; tries < 50 && !(await isReached()); tries++)
        await new Promise((resolve) => setTimeout(resolve, 100))
      assert.ok(await isReached(), `${at}: ${line}: ${said}\n${await run('systemctl --no-pager status apisix-*')}`)
    }
  } finally {
    await end()
  }
})

test.run()
