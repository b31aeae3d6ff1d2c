import { closest, distance } from 'fastest-levenshtein'
import { quote } from '../system/text'

/** From so many letters on, a part of a word is likely meant for it. */
const TELLING = 4

/** ` (did you mean "alex"?)` for the nearest of the words, or those that hold this one; nothing when none is near. */
export function suggestion(word: string, words: readonly string[]): string {
  if (words.length === 0) return ''
  const near = closest(word, words)
  if (distance(word, near) <= Math.max(1, word.length / 3)) return ` (did you mean ${quote(near)}?)`
  const part = word.replace(/[^a-z]/gi, '')
  const whole = words.filter((each) => part.length >= TELLING && each.replaceAll('-', '').includes(part))
  return whole.length > 0 ? ` (did you mean ${whole.slice(0, 3).map(quote).join(' or ')}?)` : ''
}
