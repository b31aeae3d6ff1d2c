import { MANAGED_CHAINS, NFT_TABLE } from '../ruleset/ownership'
import type { Ruleset, Unseen } from '../ruleset/ruleset'
import { addReason, lookAtNft, lookAtRule } from '../ruleset/unseen'
import { find } from '../system/find'
import { readOrNothing } from '../system/read'
import { type Backend, isNftLoaded, mayRedirect, TOOL, tablesOf } from './backend'
import type { Namespace } from './namespace'
import type { Found } from './tables'

/**
 * A live table with what else may decide before it: nat chains at the same hook that are not iptables' own, rules of the other
 * backend, and rules that keep connections from nat. Reads nothing that this would register or load (facts 15).
 *
 * @param path where tools are looked for, besides /usr/sbin and /sbin
 */
export async function withSight(
  { nat, live, warning, foreignIn }: Found,
  path: string | undefined,
  namespace: Namespace,
): Promise<Ruleset> {
  const { backend } = nat
  const unseen: Unseen = { ...live.unseen }
  if (foreignIn) addReason(unseen, ['in', 'out'], warning?.problem ?? '')
  const nft = isNftLoaded() ? find('nft', path) : undefined
  const [ruleset, tables] = await Promise.all([
    nft ? textOf(nft, ['list', 'ruleset'], namespace) : '',
    legacyTables(backend, path, namespace),
  ])
  lookAtNft(unseen, backend.family, ruleset)
  for (const [table, text] of tables) for (const line of text.split('\n')) lookAtRule(unseen, table, line)
  return unseen.in === undefined && unseen.out === undefined ? live : Object.assign(new Map(live), { unseen })
}

/** The raw and mangle tables of legacy, as far as they are registered. */
async function legacyTables(
  { name, family, save }: Backend,
  path: string | undefined,
  namespace: Namespace,
): Promise<[string, string][]> {
  const tool = name === 'legacy' ? save : find(`${TOOL[family]}-legacy-save`, path)
  const tables = (await tablesOf(family, namespace)).filter((table) => table === 'raw' || table === 'mangle')
  if (!tool) return []
  return Promise.all(
    tables.map(async (table): Promise<[string, string]> => [table, await textOf(tool, ['-t', table], namespace)]),
  )
}

async function textOf(tool: string, args: string[], { run }: Namespace): Promise<string> {
  const { status, stdout } = await run(tool, args)
  return status === 0 ? stdout : ''
}

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

/** Whether the table of `--format nft` is there, as `nft` says, which is asked only where some table may redirect. */
export async function hasNftTable(path: string | undefined, { run }: Namespace): Promise<boolean> {
  const nft = isNftLoaded() && mayRedirect(readOrNothing('/proc/modules')) ? find('nft', path) : undefined
  if (!nft) return false
  const ended = await run(nft, ['list', 'table', ...NFT_TABLE.split(' ')]).catch(() => undefined)
  return ended?.status === 0
}
