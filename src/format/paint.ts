import { styleText } from 'node:util'

const STYLES = ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const

/** Puts a text into colours, or leaves it as it is. */
export type Paint = Record<(typeof STYLES)[number], (text: string) => string>

const paintWith = (paint: (style: (typeof STYLES)[number], text: string) => string) =>
  Object.fromEntries(STYLES.map((style) => [style, (text: string) => paint(style, text)])) as Paint

export const PLAIN: Paint = paintWith((_, text) => text)

// Whether the terminal shows colours is decided by the caller, not by this process's stdout, where Node.js would look.
const COLOURED: Paint = paintWith((style, text) => styleText(style, text, { validateStream: false } as never))

/** Colours where a stream shows more than one; none in a pipe. */
export function paintFor({ colorDepth }: { colorDepth: number }): Paint {
  return colorDepth > 1 ? COLOURED : PLAIN
}
