import { MANAGED_CHAINS } from '../ruleset/ownership'
import { find } from '../system/find'
import type { Backend } from './backend'
import type { Namespace } from './namespace'

/** Whether `nft` shows a managed chain in a table that the iptables tools cannot show; false where there is no nft. */
export async function showsOurs(
  { family, name }: Backend,
  path: string | undefined,
  { run }: Namespace,
): Promise<boolean> {
  const nft = name === 'nft' ? find('nft', path) : undefined
  if (!nft) return false
  const { stdout } = await run(nft, ['list', 'table', family === 'ipv4' ? 'ip' : 'ip6', 'nat'])
  return MANAGED_CHAINS.some((chain) => new RegExp(`^\\s*chain ${chain} `, 'm').test(stdout))
}
