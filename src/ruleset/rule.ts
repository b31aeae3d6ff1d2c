import { canonical } from './canonical'
import { tokenize } from './words'

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

/** What the words of a rule say. */
interface Parsed {
  matches: Match[]
  target: string
  isGoto: boolean
  options: Map<string, string>
}

/** The words that were taken apart last: a rule is asked for all of its parts in turn, and those of 50,000 rules are not kept. */
let last: { text: string; parsed: Parsed } = { text: '', parsed: parse('') }

/** One rule of the nat table. Its words are taken apart when something of them is asked for: most rules of a large table never are. */
export class Rule {
  constructor(
    readonly chain: string,
    /** The words after the chain, as in `-p tcp --dport 80 -j APISIX_REDIRECT`. */
    readonly text: string,
    /** `-4 ` or `-6 ` where a document serves both families and the rule only one (facts 14); else empty. */
    readonly only: '' | '-4 ' | '-6 ' = '',
  ) {}

  /** All of them hold for what the rule matches. */
  get matches(): Match[] {
    return this.parsed.matches
  }

  /** A chain or a target; empty for a rule that only counts. */
  get target(): string {
    return this.parsed.target
  }

  /** Whether the chain is gone to (`-g`): what it returns is not returned here. */
  get isGoto(): boolean {
    return this.parsed.isGoto
  }

  /** What the target was given, as in `--to-ports 9080`. */
  get options(): Map<string, string> {
    return this.parsed.options
  }

  /** The rule as a line of a document, as in `-A OUTPUT -p tcp -j APISIX_OUTPUT`. */
  get line(): string {
    return `-A ${this.chain} ${this.text}`
  }

  /** The text as `iptables-save` prints it back: two rules are the same when these are. */
  get canonical(): string {
    return canonical(this.text)
  }

  private get parsed(): Parsed {
    if (last.text !== this.text) last = { text: this.text, parsed: parse(this.text) }
    return last.parsed
  }
}

/** A line that adds a rule, as `iptables-save` prints it, with counters or without, and as documents have it; undefined for any other. */
export function ruleInLine(line: string): { rule: Rule; isInserted: boolean } | undefined {
  const [, verb, chain, text = ''] = /^(?:\[\d+:\d+\] )?-([AI]) (\S+)(?: (.*))?$/s.exec(line) ?? []
  return chain === undefined ? undefined : { rule: new Rule(chain, text), isInserted: verb === 'I' }
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
function parse(text: string): Parsed {
  const rule: Parsed = { matches: [], target: '', isGoto: false, options: new Map() }
  const all = tokenize(text)
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

/** A match as a reader writes it, without its `!`: `-m tcp --dport 80`, `-m socket`. */
export const matchText = ({ match, option, values }: Match) =>
  [match && `-m ${match}`, option !== '-m' && option, ...values].filter(Boolean).join(' ')
