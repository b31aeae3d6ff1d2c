import { readFileSync } from 'node:fs'

/** The text of a file; empty when it cannot be read. */
export function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
