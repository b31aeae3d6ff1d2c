const WIDTH = 80

/** A word, or what stands between backticks: a rule or a command that a reader may copy. */
const WORDS = /(?:`[^`]*`|\S)+/g

/** A text in lines of at most 80 columns, broken between words, all of them indented. A longer word has a line of its own. */
export function wrap(text: string, indent: number): string[] {
  const margin = ' '.repeat(indent)
  const lines: string[] = []
  for (const word of text.match(WORDS) ?? ['']) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(margin + word)
  }
  return lines
}

/** A text as an item of a list. */
export function item(text: string): string[] {
  return wrap(text, 4).map((line, at) => (at === 0 ? `  - ${line.slice(4)}` : line))
}
