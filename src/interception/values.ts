import type { OptionInput } from '../options/input'
import type { Report } from './diagnostics'

/** The one value of an option that takes one; undefined when it was not given, or when values contradict each other. */
export function single({ name, values }: OptionInput, report: Report): string | undefined {
  const [first, ...others] = new Set(values)
  if (others.length === 0) return first
  report.fault(name, values.join(' '), 'contradict each other: give the option once')
  return undefined
}

/** One of a few words; `fallback` when the option was not given. */
export function choice<T extends string>(given: OptionInput, words: readonly T[], fallback: T, report: Report): T {
  const value = single(given, report)
  if (value === undefined) return fallback
  const word = words.find((each) => each === value)
  if (word === undefined) report.fault(given.name, value, `is not one of ${words.join(', ')}`)
  return word ?? fallback
}

/** True or false; false when the option was not given. */
export function flag(given: OptionInput, report: Report): boolean {
  return choice(given, ['true', 'false'], 'false', report) === 'true'
}
