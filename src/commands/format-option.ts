import { type Given, PREFIX } from '../interception/given'
import type { Report } from '../interception/report'
import { choice } from '../interception/values'
import { FORMAT_NAMES, FORMAT_USES, type Format } from '../render/formats'
import { value } from './options'

/** What `explain` prints: sentences and a tree, or a picture. */
export const VIEWS = ['text', 'mermaid'] as const

/** The option that chooses among the formats that a command has. */
export function formatOption(formats: Format[]) {
  return value('--format FORMAT', formats.map((name) => `${name}: ${FORMAT_USES[name]}`).join('; '), 'restore')
}

/** The format that is meant. All commands share the variable: one that names a format of another counts as not given. */
export function readFormat<T extends string>(given: Given, formats: readonly T[], fallback: T, report: Report): T {
  const isShared = given.name.startsWith(PREFIX) && [...FORMAT_NAMES, ...VIEWS].some((name) => name === given.values[0])
  return isShared && !formats.some((name) => name === given.values[0])
    ? fallback
    : choice(given, formats, fallback, report)
}
