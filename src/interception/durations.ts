import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from '../options/input'
import { single } from './values'

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
