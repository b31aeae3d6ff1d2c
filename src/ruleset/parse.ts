import type { Ruleset, Wanted } from './ruleset'

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
const RULE = /^(?:\[\d+:\d+\] )?-A (\S+)(?: (.*))?$/s
const COMMAND = /(-[46] )?(?:iptables -t nat )?-([NA]) (\S+)(?: (.*))?(?:\n|$)/y

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

  function read(line: string): void {
    const fail: Fail = (message, Reason = Unreadable) => new Reason(message, number)
    if (line === '') return
    if (line.startsWith('#')) {
      if (line.includes("`nat' is incompatible")) throw fail('the nat table holds rules that only nft can show')
    } else if (line.startsWith('*')) {
      if (table) throw fail(`table ${table} has no COMMIT`)
      if (!TABLE.test(line)) throw fail('not what iptables-save prints')
      table = line.slice(1)
      if (table === 'nat' && nat) throw fail('a second nat table')
      if (table === 'nat') nat = new Map()
    } else if (line === 'COMMIT') {
      if (!table) throw fail('COMMIT outside of a table')
      table = ''
    } else if (table === 'nat' && nat) readLine(line, nat, fail)
    else if (!table) throw fail('not what iptables-save prints')
  }

  function push(text: string): void {
    if (failure) return
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    try {
      for (const line of lines) {
        number++
        read(line)
      }
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
      return nat
    },
  }
}

type Fail = (message: string, Reason?: typeof Unreadable) => Unreadable

function readLine(line: string, nat: Ruleset, fail: Fail): void {
  if (line.startsWith('-A ')) {
    // The most frequent line by far.
    const end = line.indexOf(' ', 3)
    const specs = nat.get(end < 0 ? line.slice(3) : line.slice(3, end))
    if (specs) {
      specs.push(end < 0 ? '' : line.slice(end + 1))
      return
    }
  }
  const rule = RULE.exec(line)
  const chain = rule ? null : CHAIN.exec(line)
  if (rule) {
    const specs = nat.get(rule[1] as string)
    if (!specs) throw fail(`chain ${rule[1]} is not declared`)
    specs.push(rule[2] ?? '')
  } else if (chain) {
    if (nat.has(chain[1] as string)) throw fail(`chain ${chain[1]} is declared twice`, Torn)
    nat.set(chain[1] as string, [])
  } else throw fail('neither a chain nor a rule')
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

/** Rule lines (`-N CHAIN`, `-A CHAIN …`), with or without the `iptables -t nat` of the documentation in front. */
export function parseRules(text: string): Wanted {
  const wanted: Wanted = { chains: [], rules: [], position: 'last' }
  let chain = ''
  COMMAND.lastIndex = 0
  for (let line = 1; COMMAND.lastIndex < text.length; line++) {
    const [, only = '', command, name, spec = ''] = COMMAND.exec(text) ?? []
    if (!name) throw new Unreadable('neither a chain nor a rule', line)
    // One string for the rules of a chain, however many they are.
    if (name !== chain) chain = name
    if (command === 'N') wanted.chains.push(chain)
    else wanted.rules.push({ chain, spec, only })
  }
  return wanted
}
