import type { Ruleset } from './ruleset'

/** A text that is not a complete nat table. `line` counts from 1; 0 stands for the text as a whole. */
export class Unreadable extends Error {
  constructor(
    message: string,
    readonly line = 0,
  ) {
    super(line === 0 ? message : `line ${line}: ${message}`)
  }
}

/**
 * A chain that is declared twice. No table has one: while somebody creates a chain, `iptables-nft-save` 1.8.9 sometimes prints
 * it twice, with its rules, in a table that is right otherwise (measured: twice in some 1,000 reads beside a change).
 */
export class Torn extends Unreadable {}

/** Characters of a line that no tool prints. */
const TOO_LONG = 2 ** 20
const TABLE = /^\*[a-z]+$/
const CHAIN = /^:(\S+) (\S+)(?: \[\d+:\d+\])?$/
const POLICY = /^:(\S+) (DROP|QUEUE)\b/
const RULE = /^(?:\[\d+:\d+\] )?-A (\S+)(?: (.*))?$/s
/** A chain that somebody made with `nft` and hooked himself: `iptables-nft-save` shows the others, and says this (facts 22). */
const FOREIGN_CHAINS =
  'chains that only nft shows are hooked too, and may take traffic first: look at `nft list ruleset`'

/** Reads a saved table in pieces, as a tool prints them. */
export interface SavedReader {
  push(text: string): void
  /** Throws `Unreadable` for anything that is not a complete table, so that it is never taken for an empty one (facts 22). */
  end(): Ruleset
}

/** The nat table in what `iptables-save` printed (`-c` and other tables too), or in a document of ours. See `SavedReader`. */
export function parseSaved(text: string): Ruleset {
  const reader = savedReader()
  reader.push(text)
  return reader.end()
}

export function savedReader(): SavedReader {
  let table = ''
  let nat: Ruleset | undefined
  let number = 0
  let rest = ''
  let failure: Unreadable | undefined
  let unseen: string | undefined
  /** What another rule of the same chain starts with, which most lines are. */
  let another: { start: string; specs: string[] } | undefined

  function read(line: string): void {
    const fail: Fail = (message, Reason = Unreadable) => new Reason(message, number)
    if (line === '') return
    if (line.startsWith('#')) {
      if (line.includes("`nat' is incompatible")) throw fail('the nat table holds rules that only nft can show')
      if (line.includes("`nat' contains incompatible base-chains")) unseen = FOREIGN_CHAINS
    } else if (line.startsWith('*')) {
      if (table) throw fail(`table ${table} has no COMMIT`)
      if (!TABLE.test(line)) throw fail('not what iptables-save prints')
      table = line.slice(1)
      if (table === 'nat' && nat) throw fail('a second nat table')
      if (table === 'nat') nat = new Map()
    } else if (line === 'COMMIT') {
      if (!table) throw fail('COMMIT outside of a table')
      table = ''
      another = undefined
    } else if (table === 'nat' && nat) {
      another = readLine(line, nat, fail)
      const [, chain, policy] = POLICY.exec(line) ?? []
      if (chain) unseen ??= `the policy of ${chain} is ${policy}`
    } else if (!table) throw fail('not what iptables-save prints')
  }

  function push(text: string): void {
    if (failure) return
    let start = 0
    try {
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
        number++
        if (rest !== '') read(rest + text.slice(start, end))
        else if (another && text.startsWith(another.start, start))
          another.specs.push(text.slice(start + another.start.length, end))
        else read(text.slice(start, end))
        rest = ''
        start = end + 1
      }
      rest += text.slice(start)
      if (rest.length > TOO_LONG) throw new Unreadable('too long for what iptables-save prints', number + 1)
    } catch (error) {
      failure = error as Unreadable
    }
  }

  return {
    push,
    end() {
      if (rest !== '') push('\n')
      if (failure) throw failure
      if (table) throw new Unreadable(`table ${table} has no COMMIT`)
      if (!nat) throw new Unreadable('there is no nat table in it')
      return unseen === undefined ? nat : Object.assign(nat, { unseen })
    },
  }
}

type Fail = (message: string, Reason?: typeof Unreadable) => Unreadable

/** Reads a chain or a rule; for a rule gives what another of its chain starts with, and where it goes. */
function readLine(line: string, nat: Ruleset, fail: Fail): { start: string; specs: string[] } | undefined {
  const [, ofRule, spec = ''] = RULE.exec(line) ?? []
  if (ofRule !== undefined) {
    const specs = nat.get(ofRule)
    if (!specs) throw fail(`chain ${ofRule} is not declared`)
    specs.push(spec)
    return { start: `-A ${ofRule} `, specs }
  }
  const [, declared] = CHAIN.exec(line) ?? []
  if (declared === undefined) throw fail('neither a chain nor a rule')
  if (nat.has(declared)) throw fail(`chain ${declared} is declared twice`, Torn)
  nat.set(declared, [])
  return undefined
}
