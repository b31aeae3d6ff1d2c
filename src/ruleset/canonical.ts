import { tokenize } from './words'

/** In the order in which `iptables-save` prints them, whatever order they were given in (facts 12). */
const ADDRESSING = ['-s', '-d', '-i', '-o', '-p'] as const

/**
 * A rule's text as `iptables-save` prints it back, for every rule that our templates render.
 *
 * Canonical text stays as it is. Foreign rules are canonical already, since they come from `iptables-save`.
 */
export function canonical(text: string): string {
  const addressing = new Map<string, string>()
  const rest: string[] = []
  let negation = ''
  const all = tokenize(text)
  for (let at = 0; at < all.length; at++) {
    const word = all[at]?.text ?? ''
    if (word === '!') {
      negation = '! '
      continue
    }
    if (ADDRESSING.some((option) => option === word))
      addressing.set(word, `${negation}${word} ${all[++at]?.text ?? ''}`.trimEnd())
    else rest.push(...implicitMatch(word, rest), negation + word)
    negation = ''
  }
  return [...ADDRESSING.flatMap((option) => addressing.get(option) ?? []), ...rest].join(' ')
}

/** `--dport` without `-m tcp` loads that match by itself, and `iptables-save` says so. */
function implicitMatch(option: string, before: string[]): string[] {
  const isPort = option === '--dport' || option === '--sport'
  return isPort && !before.some((text, at) => text === 'tcp' && before[at - 1] === '-m') ? ['-m', 'tcp'] : []
}
