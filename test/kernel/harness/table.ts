import type { Namespace } from './namespace'

/** The nat table as `iptables-save` gives it, without its comments and counters. */
export async function table(at: Namespace): Promise<string> {
  return withoutCounters(await saved(at))
}

/**
 * What `iptables-save` prints of it. While somebody creates a chain the nft one sometimes prints it twice, which no table of the
 * kernel has: see `Torn` in src/ruleset/parse.ts. Then it is read again.
 */
export async function saved(at: Namespace): Promise<string> {
  const text = await at.must(['iptables-save', '-t', 'nat'])
  const chains = [...text.matchAll(/^:(\S+)/gm)].map(([, chain]) => chain)
  return new Set(chains).size === chains.length ? text : saved(at)
}

export function withoutCounters(saved: string): string {
  return saved.replace(/^#.*\n/gm, '').replace(/^(:.*) \[\d+:\d+\]$/gm, '$1')
}

/** The nat table with its counters: these start anew for a rule that is written again. */
export async function counted(at: Namespace): Promise<string> {
  return (await at.must(['iptables-save', '-c', '-t', 'nat'])).replace(/^#.*\n/gm, '')
}

/** The same table with its chains in alphabetical order: nft prints them in that in which they were made. */
export function inOrder(table: string): string {
  const chain = (line: string) => /^(?::|-A )(\S+)/.exec(line)?.[1] ?? ''
  const lines = (start: string) => table.split('\n').filter((line) => line.startsWith(start))
  const sorted = (start: string) => lines(start).sort((one, two) => chain(one).localeCompare(chain(two)))
  return [...sorted(':'), ...sorted('-A ')].join('\n')
}

/** What of a table tells whether it is as before. */
export const stateOf = async (at: Namespace) => inOrder(await table(at))

/** User chains and rules alone: an empty table and none differ in nothing else. */
export async function rules(at: Namespace): Promise<string[]> {
  return (await table(at)).split('\n').filter((line) => line.startsWith('-A ') || / -$/.test(line))
}

/** Loads a document by hand. */
export const restore = (at: Namespace, document: string) =>
  at.run(['iptables-restore', '--noflush'], { input: document })
