import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** Bytes of a file that are read at most. */
const MOST = 64 * 2 ** 20

/**
 * The text of a file, of a pipe as well, as in `--from <(iptables-save)`.
 *
 * Throws the system's error, and one for a file without end, such as /dev/zero.
 */
export function readText(path: string): string {
  const file = openSync(path, 'r')
  try {
    const pieces: Buffer[] = []
    let length = 0
    for (;;) {
      const piece = Buffer.allocUnsafe(2 ** 16)
      const read = readSync(file, piece)
      if (read === 0) return Buffer.concat(pieces).toString()
      length += read
      if (length > MOST) throw tooMuch()
      pieces.push(piece.subarray(0, read))
    }
  } finally {
    closeSync(file)
  }
}

/** The text that a stream gives. Throws for one without end. */
export async function readStream(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of stream) {
    length += piece.length
    if (length > MOST) throw tooMuch()
    pieces.push(Buffer.from(piece))
  }
  return Buffer.concat(pieces).toString()
}

const tooMuch = () => new Error('it holds more than 64 MB')

/** The text of a file; empty when it cannot be read. */
export function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
