import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from '../options/input'
import { oneOf } from '../system/text'

/** The one value of an option that takes one; undefined when it was not given, or when values contradict each other. */
export function single({ name, values }: OptionInput, diagnostics: Diagnostics): string | undefined {
  const [first, ...others] = new Set(values)
  if (others.length === 0) return first
  diagnostics.error(name, values.join(' '), 'contradict each other', 'Use the option once')
  return undefined
}

/** One of a few words; `fallback` when the option was not given. */
export function choice<T extends string>(
  given: OptionInput,
  words: readonly T[],
  fallback: T,
  diagnostics: Diagnostics,
): T {
  const value = single(given, diagnostics)
  if (value === undefined) return fallback
  const word = words.find((each) => each === value)
  if (word === undefined) diagnostics.error(given.name, value, 'is not a known value', `Use ${oneOf(words)}`)
  return word ?? fallback
}

/** True or false; false when the option was not given. */
export function flag(given: OptionInput, diagnostics: Diagnostics): boolean {
  return choice(given, ['true', 'false'], 'false', diagnostics) === 'true'
}

const SECONDS = { '': 1, s: 1, m: 60, h: 3600 }
const MAX_SECONDS = 24 * 3600

/** A duration in seconds, from 1 to a day: `5`, `5s`, `2m`, `1h`. `fallback` when the option was not given. */
export function readDuration(given: OptionInput, fallback: number, diagnostics: Diagnostics): number {
  const value = single(given, diagnostics)
  if (value === undefined) return fallback
  const [, count, unit = ''] = /^(\d{1,5})([smh]?)$/.exec(value) ?? []
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS]
  if (seconds >= 1 && seconds <= MAX_SECONDS) return seconds
  diagnostics.error(given.name, value, 'is not a duration', 'Use 1s to 24h, as in 5, 5s or 2m')
  return fallback
}
