import { createColors } from 'picocolors'

/** Colours for a text, or none. */
export type Paint = ReturnType<typeof createColors>

/** Colours where the terminal shows them and nobody objects (`NO_COLOR`); none in a pipe. */
export function paintFor({ colorDepth }: { colorDepth: number }): Paint {
  return createColors(colorDepth > 1)
}

export const PLAIN: Paint = createColors(false)
