import type { Family } from './families'
import { NFT_TABLE } from './ownership'
import { type Rule, ruleInLine } from './rule'
import type { Unseen } from './ruleset'

export type Way = keyof Unseen

/** The ways that meet a hook, and those that may meet a chain that is no hook. */
export function waysOf(hook: string): Way[] {
  const way = { prerouting: 'in', input: 'in', output: 'out' }[hook.toLowerCase()] as Way | undefined
  return way ? [way] : ['in', 'out']
}

/** Adds a reason to some ways; the first that was found stays. */
export function addReason(unseen: Unseen, ways: Way[], reason: string): void {
  for (const way of ways) unseen[way] ??= reason
}

/** What is said of the table of `--format nft`, which is managed and not read. */
const NFT_REASON = `the nft table of --format nft redirects connections too, and is not looked at. Show it with: nft list table ${NFT_TABLE}`

const QUOTED = /"(?:[^"\\]|\\.)*"/g

/** Looks at a rule of another table than nat: those of raw and mangle can keep a connection from nat, untracked or for a socket. */
export function lookAtRule(unseen: Unseen, table: string, line: string): void {
  if (table !== 'raw' && table !== 'mangle') return
  const rule = ruleInLine(line)?.rule
  if (rule && keepsFromNat(rule))
    addReason(unseen, waysOf(rule.chain), `a rule of the ${table} table may keep connections from nat: ${rule.line}`)
}

const keepsFromNat = ({ target, options }: Rule) =>
  target === 'NOTRACK' || target === 'TPROXY' || (target === 'CT' && options.has('--notrack'))

/** Looks at what `nft list ruleset` printed, for one family. */
export function lookAtNft(unseen: Unseen, family: Family, text: string): void {
  const ip = family === 'ipv4' ? 'ip' : 'ip6'
  let table = ''
  let chain = ''
  let type = ''
  let hook = ''
  for (const line of text.split('\n')) {
    const [, ofFamily, name] = /^table (\S+) (\S+) \{/.exec(line) ?? []
    if (name !== undefined) table = ofFamily === ip || ofFamily === 'inet' ? `${ofFamily} ${name}` : ''
    const [, named] = /^\s*chain (\S+) \{/.exec(line) ?? []
    if (named !== undefined) [chain, type, hook] = [named, '', '']
    const [, ofType, ofHook] = /^\s*type (\S+) hook (\S+) priority/.exec(line) ?? []
    if (ofType !== undefined) [type, hook] = [ofType, ofHook ?? '']
    const isRule = chain !== '' && /^\t\t[^\s}]/.test(line) && ofType === undefined
    if (table === '' || !isRule) continue
    const isOurs = table === `${ip} nat` && /^(PREROUTING|INPUT|OUTPUT|POSTROUTING)$/.test(chain)
    const rule = line.trim().replace(QUOTED, '""')
    if (table === NFT_TABLE) {
      if (type === 'nat') addReason(unseen, waysOf(hook), NFT_REASON)
      continue
    }
    if (type === 'nat' && (hook === 'prerouting' || hook === 'output') && !isOurs)
      addReason(
        unseen,
        waysOf(hook),
        `the nft chain ${chain} of table ${table} is at the same hook (${hook}) and may take connections first`,
      )
    if (/\bnotrack\b|\btproxy\b|xt target "?(?:TPROXY|CT|NOTRACK)\b/.test(rule))
      addReason(unseen, waysOf(hook), `a rule of the nft table ${table} may keep connections from nat: ${line.trim()}`)
  }
}
