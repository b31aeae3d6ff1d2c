import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { environment } from './exec'
import type { Backend } from './tools'

/** Why the kernel cannot be tested here, and the one command that would enable it. */
export interface Missing {
  reason: string
  command: string
}

const TOOLS = ['unshare', 'nsenter', 'setpriv', 'ip', 'iptables-nft', 'iptables-legacy', 'nft']
const MODULES = { nft: 'nft_compat nft_chain_nat', legacy: 'iptable_nat' }
const known = new Map<Backend, Missing | undefined>()
const said = new Set<string>()

/** What a test on a backend lacks on this machine; says each reason once. */
export function missing(backend: Backend): Missing | undefined {
  if (known.has(backend)) return known.get(backend)
  const lack = lackOf(backend)
  known.set(backend, lack)
  return lack && told(lack)
}

/** Those of further tools, which have packages of their names, that this machine lacks; says each reason once. */
export function missingTools(tools: string[]): Missing | undefined {
  const absent = tools.filter((tool) => !isInstalled(tool))
  return absent.length > 0
    ? told({ reason: `${absent.join(', ')} not found`, command: `apt-get install -y ${absent.join(' ')}` })
    : undefined
}

function told(lack: Missing): Missing {
  if (!said.has(lack.reason)) console.error(`kernel tests are skipped: ${lack.reason}; to enable them: ${lack.command}`)
  said.add(lack.reason)
  return lack
}

/** What is lacking on this machine to work with rules of a backend: one of the tools, root, or the kernel. */
export function lackOf(backend: Backend, tools = TOOLS): Missing | undefined {
  if (process.platform !== 'linux') return { reason: 'they need Linux', command: 'run them in a Linux machine' }
  const absent = tools.filter((tool) => !isInstalled(tool))
  if (absent.length > 0) return { reason: `${absent.join(', ')} not found`, command: installation() }
  if (process.getuid?.() !== 0) return { reason: 'it takes root', command: 'sudo npm run test:kernel' }
  return (
    probe(['unshare', '-n', 'true'], 'sudo npm run test:kernel, outside of an unprivileged container') ??
    probe(
      [
        'unshare',
        '-n',
        `iptables-${backend}`,
        ...'-t nat -A OUTPUT -p tcp -m owner --uid-owner 1 -j REDIRECT'.split(' '),
      ],
      `modprobe -a xt_owner xt_REDIRECT ${MODULES[backend]}`,
    )
  )
}

function probe([program = '', ...args]: string[], command: string): Missing | undefined {
  const { status, stderr } = spawnSync(program, args, { env: environment(), encoding: 'utf8' })
  return status === 0 ? undefined : { reason: `\`${program} ${args.join(' ')}\` fails (${stderr.trim()})`, command }
}

function installation() {
  if (isInstalled('apk')) return 'apk add iptables iptables-legacy iproute2 util-linux nftables'
  return 'apt-get install -y iptables iproute2 util-linux nftables'
}

function isInstalled(tool: string) {
  return environment()
    .PATH.split(':')
    .some((folder) => existsSync(join(folder, tool)))
}
