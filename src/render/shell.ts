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
