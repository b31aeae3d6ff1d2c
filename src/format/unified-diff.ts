import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { printable } from '../system/text'
import type { Paint } from './paint'

/** Beyond so many changed lines a diff is of no use to a reader, and slow to find. */
const MAX_EDITS = 5_000

/** A unified diff; empty for equal texts, and one line for texts that have little in common. */
export function unifiedDiff(names: [before: string, after: string], before: string, after: string): string {
  if (before === after) return ''
  const options = { context: 3, maxEditLength: MAX_EDITS, headerOptions: FILE_HEADERS_ONLY }
  const diff = createTwoFilesPatch(...names, before, after, '', '', options)
  return diff ?? `--- ${names[0]}\n+++ ${names[1]}\n(more than ${MAX_EDITS} lines differ)\n`
}

/** A diff for the terminal: what is gone red, what is new green. */
export function paintDiff(diff: string, paint: Paint): string {
  const lines = diff.split('\n').map(printable)
  return lines
    .map((line) => {
      if (/^(---|\+\+\+) /.test(line)) return paint.bold(line)
      if (line.startsWith('-')) return paint.red(line)
      if (line.startsWith('+')) return paint.green(line)
      return line.startsWith('@@') ? paint.cyan(line) : line
    })
    .join('\n')
}
