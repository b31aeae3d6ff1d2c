import type { Paint } from '../format/paint'
import { wrap } from '../format/wrap'
import { asJson, printable } from '../system/text'
import type { Check } from './check'

const INDENT = 9

/** The checks as text of 80 columns: a line each, its remedy below, and what it comes to; the state alone is coloured. */
export function printChecks(checks: Check[], { green, yellow, red }: Paint): string {
  const colors = { ok: green, warning: yellow, fault: red }
  const lines = checks.flatMap(({ state, name, text, remedy }) => {
    const [first = '', ...rest] = wrap(printable(`${name}: ${text}`), INDENT)
    const below = remedy === undefined ? [] : wrap(printable(`remedy: ${remedy}`), INDENT)
    return [colors[state](state) + first.slice(state.length), ...rest, ...below]
  })
  return `${[...lines, '', sum(checks)].join('\n')}\n`
}

/** The checks as one JSON object, for programs. */
export function printJson(checks: Check[]): string {
  return asJson({ fine: isFine(checks), checks })
}

/** Whether nothing stands in the way. */
export function isFine(checks: Check[]): boolean {
  return checks.every(({ state }) => state !== 'fault')
}

function sum(checks: Check[]): string {
  const count = (state: Check['state']) => checks.filter((check) => check.state === state).length
  const many = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`
  const [faults, warnings] = [many(count('fault'), 'fault'), many(count('warning'), 'warning')]
  if (!isFine(checks)) return `not ok: ${count('warning') > 0 ? `${faults}, ${warnings}` : faults}`
  return `ok: the rules can be applied on this machine${count('warning') > 0 ? ` (${warnings})` : ''}`
}
