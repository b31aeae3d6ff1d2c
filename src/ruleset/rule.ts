import type { Ruleset } from './ruleset'

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

/** One word of a rule: `text` as written, `value` without its quotes and escapes. */
export interface Word {
  text: string
  value: string
}

const WORD = /"((?:[^"\\]|\\.)*)(?:"|\\?$)|[^\s"]+/gs

/** The words of a rule, split as iptables-restore splits a line: only double quotes group, escapes count inside them. */
export function tokenize(spec: string): Word[] {
  // Most have no quotes, and are split in half of the time.
  if (!spec.includes('"')) {
    const plain = spec.split(/\s+/).filter(Boolean)
    return plain.map((text) => ({ text, value: text }))
  }
  return [...spec.matchAll(WORD)].map(([text, quoted]) => ({
    text,
    value: quoted === undefined ? text : quoted.replace(/\\(.)/gs, '$1'),
  }))
}

/** In the order in which `iptables-save` prints them, whatever order they were given in (facts 12). */
const ADDRESSING = ['-s', '-d', '-i', '-o', '-p'] as const

/**
 * A rule's spec as `iptables-save` prints it back, for every rule that our templates render.
 *
 * Canonical text stays as it is. Foreign rules are canonical already, since they come from `iptables-save`.
 */
export function canonical(spec: string): string {
  const addressing = new Map<string, string>()
  const rest: string[] = []
  let negation = ''
  const all = tokenize(spec)
  for (let at = 0; at < all.length; at++) {
    const { text } = all[at] as { text: string }
    if (text === '!') {
      negation = '! '
      continue
    }
    if (ADDRESSING.some((option) => option === text))
      addressing.set(text, `${negation}${text} ${all[++at]?.text ?? ''}`.trimEnd())
    else rest.push(...implicitMatch(text, rest), negation + text)
    negation = ''
  }
  return [...ADDRESSING.flatMap((option) => addressing.get(option) ?? []), ...rest].join(' ')
}

/** `--dport` without `-m tcp` loads that match by itself, and `iptables-save` says so. */
function implicitMatch(option: string, before: string[]): string[] {
  const isPort = option === '--dport' || option === '--sport'
  return isPort && !before.some((text, at) => text === 'tcp' && before[at - 1] === '-m') ? ['-m', 'tcp'] : []
}

/** Targets after which the trace goes on at the next rule; a rule without a target only counts. */
const PASSING = /^(?:|LOG|NFLOG|ULOG|MARK|CONNMARK|CONNSECMARK|SECMARK|TRACE|AUDIT|SET|LED)$/

export function isPassingTarget(target: string): boolean {
  return PASSING.test(target)
}

/** Deeper than any kernel allows. */
const MAX_DEPTH = 500

/** Whether it makes no difference to a connection if a rule matches: it, and what it jumps to, only counts, logs or marks. */
export function isPassing({ target, isGoto }: ParsedRule, ruleset: Ruleset, seen = new Set<string>()): boolean {
  if (isPassingTarget(target)) return true
  const specs = ruleset.get(target)
  if (!specs || isGoto || seen.size > MAX_DEPTH) return false
  // A chain that was looked at before decided nothing, or the search would have ended there.
  if (seen.has(target)) return true
  seen.add(target)
  return specs.map(parseRule).every((rule) => rule.target === 'RETURN' || isPassing(rule, ruleset, seen))
}

/** Where a target that rewrites the destination sends a connection; undefined for any other. */
export function destinationOf({ target, options }: Pick<ParsedRule, 'target' | 'options'>): string | undefined {
  if (target !== 'DNAT' && target !== 'NETMAP') return undefined
  return options.get('--to-destination') ?? options.get('--to')
}

/** A match as a reader writes it, without its `!`: `-m tcp --dport 80`, `-m socket`. */
export const matchText = ({ match, option, values }: Match) =>
  [match && `-m ${match}`, option !== '-m' && option, ...values].filter(Boolean).join(' ')
