const WIDTH = 80

/** Lines of at most 80 columns, broken at spaces; a longer word stays whole, so that it can be copied. */
export function wrap(text: string, indent: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(' '.repeat(indent) + word)
  }
  return lines
}
