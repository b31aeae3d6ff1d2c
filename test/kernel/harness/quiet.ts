import { readdirSync, readlinkSync } from 'node:fs'
import type { Namespace } from './namespace'

/** Waits until nobody is left in a namespace but its holder: what a killed program had started may still be at work. */
export async function quiet(at: Namespace): Promise<void> {
  const own = netOf(at.file)
  const others = () =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => `/proc/${pid}/ns/net`)
      .filter((file) => file !== at.file && netOf(file) === own)
  while (others().length > 0) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** The number of a network namespace; nothing when its process has gone. */
function netOf(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch {
    return undefined
  }
}
