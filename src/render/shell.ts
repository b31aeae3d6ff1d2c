import { printable } from '../system/text'

const PLAIN = /^[\w@%+=:,./-]+$/

/** A command line of ours for a comment: words quoted for the shell where they need it, and never more than one line. */
export function commandLine(words: string[]): string {
  return ['apisix-mesh-agent', ...words].map(shellWord).join(' ')
}

function shellWord(word: string): string {
  if (PLAIN.test(word)) return word
  const printable = word.replace(/[^\x20-\x7e]/g, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
  return `'${printable.replaceAll("'", "'\\''")}'`
}

/** A path as one word of a command that somebody may copy: unchanged but for quotes, and never taken for an option. */
export function shellPath(path: string): string {
  const safe = path.startsWith('-') ? `./${path}` : path
  return PLAIN.test(safe) ? safe : `'${printable(safe).replaceAll("'", "'\\''")}'`
}

/** A text as one word of the shell, less the end of its last line. */
export function quoted(text: string): string {
  return escapeDollars(`'${text.trimEnd().replaceAll("'", "'\\''")}'`)
}

/** Text in single quotes in which no dollar sign stands before another or a parenthesis; the shell reads the same. */
export function escapeDollars(text: string): string {
  return text.replace(/\$(?=[$(])/g, "$&''")
}
