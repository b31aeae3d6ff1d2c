import { cli } from '../../support'
import type { Agent } from './agent'
import type { In, Namespace } from './namespace'

const made = new Map<string, Promise<string>>()

/** What a command prints with `--format nft`, made once for all tests. */
export function nftFile(command: 'iptables' | 'cleanup-iptables', options: string[] = []): Promise<string> {
  const key = [command, ...options].join('\n')
  const text = made.get(key) ?? printed([command, ...options, '--format', 'nft'])
  made.set(key, text)
  return text
}

async function printed(argv: string[]): Promise<string> {
  const { status, stdout, stderr } = await cli(argv)
  if (status !== 0) throw new Error(stderr)
  return stdout
}

export const load = (at: Namespace, input: string, how?: In) => at.run(['nft', '-f', '-'], { ...how, input })

/** The table of `--format nft`, by `nft` alone. */
export const nft: Agent = {
  name: 'nft',
  apply: async (at, options, how) => load(at, await nftFile('iptables', options), how),
  clean: async (at, _options, how) => load(at, await nftFile('cleanup-iptables'), how),
}

/** The same, once: what the table does is the same beside either backend of iptables. */
export const nftOnce: Agent = { ...nft, backends: ['nft'] }
