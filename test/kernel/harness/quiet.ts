import { readdirSync, readlinkSync } from 'node:fs'
import type { Namespace } from './namespace'

/** Whether nobody is in a namespace but its holder. */
export function isQuiet({ file }: Namespace): boolean {
  const own = netOf(file)
  return !readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `/proc/${pid}/ns/net`)
    .some((other) => other !== file && netOf(other) === own)
}

/** Waits until nobody is left in it: what a killed program had started may still be at work. */
export async function quiet(at: Namespace): Promise<void> {
  while (!isQuiet(at)) await new Promise((resolve) => setTimeout(resolve, 4))
}

/** The number of a network namespace; nothing when its process has gone. */
function netOf(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch {
    return undefined
  }
}
