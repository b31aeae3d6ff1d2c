import type { Family } from '../interception/families'
import { asSaved } from './as-saved'
import { ParseError, parseSaved } from './parse'
import { parseRules } from './rule-lines'
import { forFamily, type Ruleset } from './ruleset'

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
