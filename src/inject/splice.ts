import { isMap, isSeq, type Node } from 'yaml'

/** A part of a text, and what takes its place. */
export interface Edit {
  start: number
  end: number
  text: string
}

/** The text with all edits made. They do not overlap; those at one place stand in the order given. */
export function splice(text: string, edits: readonly Edit[]): string {
  let at = 0
  const pieces = edits
    .toSorted((one, other) => one.start - other.start)
    .map((edit) => {
      const piece = text.slice(at, edit.start) + edit.text
      at = edit.end
      return piece
    })
  return pieces.join('') + text.slice(at)
}

/** Where the line begins in which a position lies. */
export const lineStart = (text: string, at: number) => (at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1)

/** Where the next line begins; the end of the text when there is none. */
function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end + 1
}

/** How the line ends in which a position lies; as the first line where it ends with the text. */
export function lineEnd(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  const other = end < 0 ? text.indexOf('\n') : end
  return text[other - 1] === '\r' ? '\r\n' : '\n'
}

/** Where a node ends, without the comments and empty lines behind it, which `yaml` counts to a block collection. */
export function endOf(node: Node): number {
  const last = (isMap(node) || isSeq(node)) && !node.flow ? node.items.at(-1) : undefined
  if (isMap(node) && last) {
    const { key, value } = last as { key: Node; value: Node | null }
    return endOf(value ?? key)
  }
  return last ? endOf(last as Node) : (node.range?.[1] ?? 0)
}

/** Where the first line begins that holds nothing of a node. */
export function lineAfter(text: string, node: Node): number {
  const end = endOf(node)
  // A block scalar ends with its last line.
  return text[end - 1] === '\n' ? end : nextLine(text, end)
}

/** Takes whole lines out; where the last one ends the text without a line end, that of the line before. */
export function withoutLines(text: string, start: number, end: number): Edit {
  const isCut = end === text.length && text[end - 1] !== '\n'
  const before = isCut ? /\r?\n$/.exec(text.slice(0, start)) : null
  return { start: before?.index ?? start, end, text: '' }
}

/** Puts whole lines in front of the line that begins at a position, which may be the end of a text without a line end. */
export function withLines(text: string, at: number, lines: readonly string[]): Edit {
  const end = lineEnd(text, at === text.length ? Math.max(0, at - 1) : at)
  const isCut = at > 0 && text[at - 1] !== '\n'
  const added = lines.map((line) => (isCut ? end + line : line + end)).join('')
  return { start: at, end: at, text: added }
}
