import { closeSync, constants, fstatSync, openSync, readFileSync, readSync } from 'node:fs'

/** Bytes of a saved table or a stream that are read at most: half a million rules. */
const MOST = 64 * 2 ** 20
/** Bytes that are read at most of what people write: lists, templates, accounts. */
export const MAX_TEXT_BYTES = 2 ** 22
/** Milliseconds without a byte after which nobody is expected to write into a pipe any more. */
const PATIENCE = 5_000

/**
 * The text of a file, of a pipe as well, as in `--from <(iptables-save)`, without blocking.
 *
 * Rejects with the system's error, and with one for a file without end, such as /dev/zero, or a pipe into which nobody writes.
 */
export async function readText(path: string, most = MOST): Promise<string> {
  // Without O_NONBLOCK a named pipe that nobody writes into would block all.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const pieces: Buffer[] = []
    let length = 0
    let waited = 0
    const isPipe = fstatSync(file).isFIFO()
    for (;;) {
      const piece = Buffer.allocUnsafe(2 ** 16)
      // A pipe that is empty before anybody has written is one that its writer has not opened yet.
      const some = readSome(file, piece)
      const read = some === 0 && isPipe && length === 0 ? undefined : some
      if (read === 0) return Buffer.concat(pieces).toString()
      if (read === undefined && waited++ >= PATIENCE) throw new Error('nobody writes into it')
      if (read === undefined) await new Promise((resolve) => setTimeout(resolve, 1))
      else waited = 0
      length += read ?? 0
      if (length > most) throw tooMuch(most)
      pieces.push(piece.subarray(0, read ?? 0))
    }
  } finally {
    closeSync(file)
  }
}

/** The text of a regular file. Throws the system's error, and one for anything else that does not end. */
export function readFileText(path: string, most = MAX_TEXT_BYTES): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (fstatSync(file).isFIFO()) throw new Error('it is a pipe')
    const piece = Buffer.allocUnsafe(2 ** 16)
    const pieces: Buffer[] = []
    let length = 0
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
      length += read
      if (length > most) throw tooMuch(most)
      pieces.push(Buffer.from(piece.subarray(0, read)))
    }
    return Buffer.concat(pieces).toString()
  } finally {
    closeSync(file)
  }
}

/** How many bytes were read, 0 at the end; undefined when there are none yet. */
function readSome(file: number, piece: Buffer): number | undefined {
  try {
    return readSync(file, piece)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined
    throw error
  }
}

/** The text that a stream gives. Throws for one without end. */
export async function readStream(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of stream) {
    length += piece.length
    if (length > MOST) throw tooMuch(MOST)
    pieces.push(Buffer.from(piece))
  }
  return Buffer.concat(pieces).toString()
}

const tooMuch = (most: number) => new Error(`it holds more than ${most / 2 ** 20} MB`)

/** The text of a file; empty when it cannot be read. */
export function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
