import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { SECTIONS } from '../readme/blocks'
import { play, stage } from '../readme/play'
import { program } from './harness/agent'
import { environment } from './harness/exec'
import { kernelSuite } from './harness/suite'

// As a reader's machine: the tools that PATH finds, and places of its own for what is written outside of the folder.
const test = kernelSuite([program], ['nft'])
const PLACES = ['/run', '/usr/local/sbin', '/etc/systemd/system']

for (const [section, steps] of SECTIONS)
  if (steps.some(({ isRoot }) => isRoot))
    test(`typed as it is shown: ${section}`, async ({ defer }) => {
      const { folder, path } = stage()
      const own = PLACES.map((place) => `mount -t tmpfs none ${place} && `).join('')
      const hold = ['-n', '-m', 'sh', '-c', `${own}ip link set lo up && echo up && exec cat`]
      const holder = spawn('unshare', hold, { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] })
      defer(() => holder.stdin.end())
      await once(holder.stdout, 'data')
      await play(steps, { path, enter: ['nsenter', '-t', `${holder.pid}`, '-n', '-m', 'env', '-C', folder] })
    })

test.run()
