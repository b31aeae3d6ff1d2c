import { closest, distance } from 'fastest-levenshtein'
import { quote } from './report'

/** ` (did you mean "alex"?)` for the nearest of the words, or nothing when none is near. */
export function suggestion(word: string, words: string[]): string {
  if (words.length === 0) return ''
  const near = closest(word, words)
  return distance(word, near) <= Math.max(1, word.length / 3) ? ` (did you mean ${quote(near)}?)` : ''
}
