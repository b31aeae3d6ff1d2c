/** One word of a rule: `text` as written, `value` without its quotes and escapes. */
export interface Word {
  text: string
  value: string
}

const WORD = /"((?:[^"\\]|\\.)*)(?:"|\\?$)|[^\s"]+/gs

/** The words of a rule, split as iptables-restore splits a line: only double quotes group, escapes count inside them. */
export function tokenize(text: string): Word[] {
  // Most have no quotes, and are split in half of the time.
  if (!text.includes('"')) {
    const plain = text.split(/\s+/).filter(Boolean)
    return plain.map((text) => ({ text, value: text }))
  }
  return [...text.matchAll(WORD)].map(([text, quoted]) => ({
    text,
    value: quoted === undefined ? text : quoted.replace(/\\(.)/gs, '$1'),
  }))
}
