import type { Family } from './families'
import { ruleInLine } from './rule'
import { BUILT_IN, type Ruleset, type Unseen } from './ruleset'
import { addReason, lookAtRule, waysOf } from './unseen'

/** A text that is not a complete nat table. `line` counts from 1; 0 stands for the text as a whole. */
export class ParseError extends Error {
  constructor(
    message: string,
    readonly line = 0,
  ) {
    super(line === 0 ? message : `line ${line}: ${message}`)
  }
}

/**
 * A chain that is declared twice. No table has one: while another process creates a chain, `iptables-nft-save` 1.8.9 sometimes prints
 * it twice, with its rules, in a table that is right otherwise (measured: twice in some 1,000 reads beside a change).
 */
export class DuplicateChainError extends ParseError {}

/** Characters of a line that no tool prints. */
const TOO_LONG = 2 ** 20
const TABLE = /^\*[a-z]+$/
const CHAIN = /^:(\S+) (\S+)(?: \[\d+:\d+\])?$/
const POLICY = /^:(\S+) (DROP|QUEUE)\b/
/** A chain that was made with `nft`, with a hook of its own: `iptables-nft-save` shows the others, and says this (facts 22). */
const FOREIGN_CHAINS =
  'chains that only nft shows are hooked too, and may take traffic first: look at `nft list ruleset`'

/** Reads a saved table in pieces, as a tool prints them. */
export interface SavedReader {
  push(text: string): void
  /** Throws a ParseError for anything that is not a complete table, so that it is never taken for an empty one (facts 22). */
  end(): Ruleset
}

/**
 * The nat table in what `iptables-save` printed (`-c` and other tables too), or in a document of this program. See `SavedReader`.
 *
 * @param family of a document for both families, the lines that are meant (facts 14)
 */
export function parseSaved(text: string, family: Family = 'ipv4'): Ruleset {
  const reader = savedReader(family)
  reader.push(text)
  return reader.end()
}

export function savedReader(family: Family = 'ipv4'): SavedReader {
  const other = family === 'ipv4' ? '-6 ' : '-4 '
  let table = ''
  let nat: Ruleset | undefined
  let number = 0
  let rest = ''
  let failure: ParseError | undefined
  const unseen: Unseen = {}

  function read(line: string): void {
    const fail: Fail = (message, Reason = ParseError) => new Reason(message, number)
    if (line === '' || line.startsWith(other)) return
    if (line.startsWith('#')) {
      if (line.includes("`nat' is incompatible")) throw fail('the nat table holds rules that only nft can show')
      if (line.includes("`nat' contains incompatible base-chains")) addReason(unseen, ['in', 'out'], FOREIGN_CHAINS)
    } else if (line.startsWith('*')) {
      if (table) throw fail(`table ${table} has no COMMIT`)
      if (!TABLE.test(line)) throw fail('not what iptables-save prints')
      table = line.slice(1)
      if (table === 'nat' && nat) throw fail('a second nat table')
      if (table === 'nat') nat = new Map()
    } else if (line === 'COMMIT') {
      if (!table) throw fail('COMMIT outside of a table')
      table = ''
    } else if (table === 'nat' && nat) {
      readLine(line.replace(/^-[46] /, ''), nat, fail)
      const [, chain, policy] = POLICY.exec(line) ?? []
      if (chain) addReason(unseen, waysOf(chain), `the policy of ${chain} is ${policy}`)
    } else if (!table) throw fail('not what iptables-save prints')
    else lookAtRule(unseen, table, line)
  }

  function push(text: string): void {
    if (failure) return
    let start = 0
    try {
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        number++
        // iptables-save 1.4.7 prints a blank behind each rule (facts 33), and a text from Windows has other line ends.
        read((rest + text.slice(start, end)).trimEnd())
        rest = ''
        start = end + 1
      }
      rest += text.slice(start)
      if (rest.length > TOO_LONG) throw new ParseError('too long for what iptables-save prints', number + 1)
    } catch (error) {
      failure = error as ParseError
    }
  }

  return {
    push,
    end() {
      if (rest !== '') push('\n')
      if (failure) throw failure
      if (table) throw new ParseError(`table ${table} has no COMMIT`)
      if (!nat) throw new ParseError('there is no nat table in it')
      return unseen.in === undefined && unseen.out === undefined ? nat : Object.assign(nat, { unseen })
    },
  }
}

type Fail = (message: string, Reason?: typeof ParseError) => ParseError

/** Reads a chain or a rule into the table. Our own document does not declare built-in chains, and may insert a rule. */
function readLine(line: string, nat: Ruleset, fail: Fail): void {
  const added = ruleInLine(line)
  if (added) {
    const { rule, isInserted } = added
    if (!nat.has(rule.chain) && BUILT_IN.includes(rule.chain)) nat.set(rule.chain, [])
    const rules = nat.get(rule.chain)
    if (!rules) throw fail(`chain ${rule.chain} is not declared`)
    if (isInserted && /^\d/.test(rule.text)) throw fail('a rule inserted by number')
    if (isInserted) rules.unshift(rule)
    else rules.push(rule)
    return
  }
  const [, declared = /^-N (\S+)$/.exec(line)?.[1]] = CHAIN.exec(line) ?? []
  if (declared === undefined) {
    if (/^-[DFX] /.test(line))
      throw fail(`${line.slice(0, 2)} changes a table: give a whole table, or a document of iptables`)
    throw fail('neither a chain nor a rule')
  }
  if (nat.has(declared)) throw fail(`chain ${declared} is declared twice`, DuplicateChainError)
  nat.set(declared, [])
}

/** The packets that each rule of a table has matched, chain by chain, in the order of the rules. */
export type Packets = Map<string, number[]>

/** The packets of each rule in what `iptables-save -c -t nat` printed: one table, whose rules all have counters. */
export function parsePackets(text: string): Packets {
  const packets: Packets = new Map()
  for (const [, count, chain = ''] of text.matchAll(/^\[(\d+):\d+\] -A (\S+)/gm))
    if (packets.has(chain)) packets.get(chain)?.push(Number(count))
    else packets.set(chain, [Number(count)])
  return packets
}
