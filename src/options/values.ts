import type { Diagnostics } from '../diagnostics/diagnostics'
import { oneOf } from '../system/text'
import type { OptionInput } from './input'

/** The one value of an option that takes one; undefined when it was not given, or when values contradict each other. */
export function single({ name, values }: OptionInput, diagnostics: Diagnostics): string | undefined {
  const [first, ...others] = new Set(values)
  if (others.length === 0) return first
  diagnostics.error(name, values.join(' '), 'contradict each other', 'Use the option once')
  return undefined
}

/** One of a few words; undefined when the option was not given, or with another word. */
export function readChoice<Word extends string>(
  given: OptionInput,
  words: readonly Word[],
  diagnostics: Diagnostics,
): Word | undefined {
  const value = single(given, diagnostics)
  if (value === undefined) return undefined
  const word = words.find((each) => each === value)
  if (word === undefined) diagnostics.error(given.name, value, 'is not a known value', `Use ${oneOf(words)}`)
  return word
}

/** Whether a switch is on; off when it was not given. */
export const readBoolean = (given: OptionInput, diagnostics: Diagnostics): boolean =>
  readChoice(given, ['true', 'false'], diagnostics) === 'true'

const SECONDS = { '': 1, s: 1, m: 60, h: 3600 }
const MAX_SECONDS = 24 * 3600

/** A duration in seconds, from 1 to a day: `5`, `5s`, `2m`, `1h`. Undefined when the text is none. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,5})([smh]?)$/.exec(text) ?? []
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS]
  return seconds >= 1 && seconds <= MAX_SECONDS ? seconds : undefined
}

/** See `parseDuration`. Undefined when the option was not given, or is wrong. */
export function readDuration(given: OptionInput, diagnostics: Diagnostics): number | undefined {
  const value = single(given, diagnostics)
  if (value === undefined) return undefined
  const seconds = parseDuration(value)
  if (seconds === undefined)
    diagnostics.error(given.name, value, 'is not a duration', 'Use 1s to 24h, as in 5, 5s or 2m')
  return seconds
}

/** How inbound traffic is intercepted: there is one way. Undefined when the option was not given, or is wrong. */
export function readMode(given: OptionInput, diagnostics: Diagnostics): 'REDIRECT' | undefined {
  const value = single(given, diagnostics)
  if (value === undefined || value === 'REDIRECT') return value
  if (value === 'TPROXY')
    diagnostics.error(
      given.name,
      value,
      'needs the mangle table and policy routes, which this program does not set up',
      'Use REDIRECT',
    )
  else diagnostics.error(given.name, value, 'is not an interception mode', 'Use REDIRECT')
  return undefined
}
