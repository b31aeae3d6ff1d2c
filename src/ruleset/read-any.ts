import type { Family } from './families'
import { ParseError, parseSaved } from './parse'
import { Rule } from './rule'
import { asSaved, forFamily, type Ruleset, type Wanted } from './ruleset'

/** The document of the rules in a script that this program has made. */
const OF_SCRIPT = /^wanted='((?:[^']|'\\'')*)'$/m
/** A listing of the documentation: commands of `iptables -t nat`, or their rule lines alone. */
const LISTING = /^(?:#.*\n|\n)*(?:iptables -t nat )?-[A-Z] /

/**
 * The nat table that a text holds: what `iptables-save` printed, a document, a listing of the documentation, or a script that this
 * program has made. Throws a ParseError for anything else.
 *
 * @param family of a text for both families, the lines that are meant
 */
export function readRuleset(text: string, family: Family = 'ipv4'): Ruleset {
  const [, quoted] = text.startsWith('#!') ? (OF_SCRIPT.exec(text) ?? []) : []
  if (quoted !== undefined) return parseSaved(`${unquoted(quoted)}\n`, family)
  if (text.startsWith('#!')) throw new ParseError('this script holds no rules of this program')
  if (!LISTING.test(text)) return parseSaved(text, family)
  if (/^(?:iptables -t nat )?-[DFX] /m.test(text)) throw new ParseError('it removes rules instead of setting them up')
  return asSaved(forFamily(parseRules(text.endsWith('\n') ? text : `${text}\n`), family))
}

/** A word of the shell in single quotes, without them. */
const unquoted = (word: string) => word.replaceAll("$''", '$').replaceAll("'\\''", "'")

/** Whether a text has lines for one family alone, and so is for both. */
export const isForBoth = (text: string) => /^-[46] -/m.test(text)

const COMMAND = /(-[46] )?(?:iptables -t nat )?-([NA]) (\S+)(?: (.*))?(?:\n|$)/y

/** Rule lines (`-N CHAIN`, `-A CHAIN …`), with or without the `iptables -t nat` of the documentation in front. */
export function parseRules(text: string): Wanted {
  const wanted: Wanted = { chains: [], rules: [], inFront: [] }
  let chain = ''
  COMMAND.lastIndex = 0
  for (let line = 1; COMMAND.lastIndex < text.length; line++) {
    const [, only = '', command, name, words = ''] = COMMAND.exec(text) ?? []
    if (!name) throw new ParseError('neither a chain nor a rule', line)
    // One string for the rules of a chain, however many they are.
    if (name !== chain) chain = name
    if (command === 'N') wanted.chains.push(chain)
    else wanted.rules.push(new Rule(chain, words, only as Rule['only']))
  }
  return wanted
}

/** The family of a saved table, which does not state it, by the first address in its rules; undefined without one. */
export function familyOfAddresses(saved: Ruleset): Family | undefined {
  for (const rules of saved.values())
    for (const { matches } of rules) {
      const [address] = matches.find(({ option }) => option === '-s' || option === '-d')?.values ?? []
      if (address) return address.includes(':') ? 'ipv6' : 'ipv4'
    }
  return undefined
}
