// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f]/g
const UNSEEN =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu

/** Text of a stranger on one line of its own: what does not print, or could steer a terminal, as an escape. */
export function printable(text: string): string {
  return text.replace(CONTROL, escaped).replace(UNSEEN, escaped)
}

/** Text of a stranger in quotes, with everything that does not print, or could steer a terminal, as an escape. */
export function quote(value: string): string {
  return JSON.stringify(value).replace(UNSEEN, escaped)
}

/** A value as JSON on lines of its own, with the same escapes. */
export function asJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(UNSEEN, escaped)}\n`
}

/** Why something failed, as the system or a library says it, on one line. */
export function reasonOf(error: unknown): string {
  return printable((error as Error).message.replace(/\s*\n\s*/g, ' '))
}

/** Words in a sentence: `a, b and c`. */
export const allOf = (words: readonly string[]) => words.join(', ').replace(/, ([^,]*)$/, ' and $1')

/** Words in a sentence: `a, b or c`. */
export const oneOf = (words: readonly string[]) => words.join(', ').replace(/, ([^,]*)$/, ' or $1')

const escaped = (char: string) =>
  Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
