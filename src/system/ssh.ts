import { readFileSync } from 'node:fs'

/**
 * The port of this machine that the current SSH connection came in to; undefined without one.
 *
 * `sudo` drops the variable that tells, so that the environments of the processes above are looked at too.
 */
export function sshPort(env: NodeJS.ProcessEnv, pid = process.ppid): number | undefined {
  const port = Number(env.SSH_CONNECTION?.split(' ')[3])
  if (port > 0 && port < 65536) return port
  if (pid <= 1) return undefined
  try {
    const [, connection] = /(?:^|\0)SSH_CONNECTION=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'utf8')) ?? []
    const [, parent] = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return sshPort({ SSH_CONNECTION: connection }, Number(parent))
  } catch {
    return undefined
  }
}
