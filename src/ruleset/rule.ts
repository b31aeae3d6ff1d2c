import { tokenize } from './tokenize'

/** One condition of a rule, as in `! --dport 80`. */
export interface Match {
  /** The match that it belongs to, as in `tcp`; empty for those that need none: addresses, interfaces, protocol. */
  match: string
  /** As in `--dport`; `-m` for a match that stands without an option. */
  option: string
  /** Its words, without quotes. */
  values: string[]
  negated: boolean
}

/** A rule taken apart. */
export interface ParsedRule {
  matches: Match[]
  /** A chain or a target; empty for a rule that only counts. */
  target: string
  /** Whether the chain is gone to (`-g`): what it returns is not returned here. */
  isGoto: boolean
  /** What the target was given, as in `--to-ports 9080`. */
  options: Map<string, string>
}

/** Text of anybody's: printed without quotes when it is one word, also when that looks like an option. */
const TEXTS = new Set(['--comment', '--log-prefix', '--nflog-prefix', '--string'])
const PLAIN = new Set(['-s', '-d', '-i', '-o', '-p', '-f'])

/** What `iptables-save` prints for a match whose extension it lacks: what that asks for is not known (facts 33). */
const UNSUPPORTED = '[unsupported revision]'

/** An option that also takes the process's other groups. */
export const SUPPLEMENTARY = '--suppl-groups'
/** Options that change what the one before them means, and so are words of it. */
const MORE = new Set([SUPPLEMENTARY, '--limit-iface-in', '--limit-iface-out'])

/** The matches and the target of a rule, out of its words as `iptables-save` prints them. */
export function parseRule(spec: string): ParsedRule {
  const rule: ParsedRule = { matches: [], target: '', isGoto: false, options: new Map() }
  const all = tokenize(spec)
  let match = ''
  let protocol = ''
  let negated = false
  for (let at = 0; at < all.length; ) {
    const option = (all[at++] as { text: string }).text
    if (option === '!') {
      negated = true
      continue
    }
    const before = rule.matches.at(-1)
    if (MORE.has(option) && before && rule.target === '') {
      before.values.push(option)
      continue
    }
    const values: string[] = TEXTS.has(option) ? [all[at++]?.value ?? ''] : []
    while (at < all.length && !/^(-|!$)/.test(all[at]?.text ?? '')) values.push(all[at++]?.value ?? '')
    if (option === '-j' || option === '-g') {
      rule.target = values[0] ?? ''
      rule.isGoto = option === '-g'
    } else if (rule.target !== '') rule.options.set(option, values.join(' '))
    else {
      if (option === '-m') match = values[0] ?? ''
      if (option === '-p' && !negated) protocol = values[0] ?? ''
      // Options of the protocol need no `-m` in front: our own documents have none.
      const belongs = option === '-m' || !PLAIN.has(option) ? match || protocol : ''
      const isKnown = !values.join(' ').endsWith(UNSUPPORTED)
      const name = isKnown ? option : [option === '-m' ? '' : option, UNSUPPORTED].join(' ').trim()
      const own = option === '-m' || !isKnown ? [] : values
      rule.matches.push({ match: belongs, option: name, values: own, negated })
    }
    negated = false
  }
  return rule
}
