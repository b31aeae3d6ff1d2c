import { writeSync } from 'node:fs'

/** Bytes that are written at a time: a long text is not held twice. */
const PIECE = 2 ** 16

/** By SIGPIPE, as a shell sees it: nobody reads any more, as in `| head -1`. */
const NOBODY_READS = 141

/**
 * Standard output (1) or error (2), to which texts are written whole at once.
 *
 * The streams of Node.js would be loaded for it, which takes longer than all else that a dry run does, and what they have not
 * written yet is lost when the process is ended.
 *
 * Throws the system's error when stdout, which is the result, cannot be written. That nobody hears what is said on stderr is no reason
 * to stop halfway.
 */
export function printerTo(fd: 1 | 2): { write(text: string): void } {
  const encoder = new TextEncoder()
  const piece = new Uint8Array(PIECE)
  return {
    write(text) {
      for (let rest = text; rest !== ''; ) {
        const { read, written } = encoder.encodeInto(rest, piece)
        writeAll(fd, piece.subarray(0, written))
        rest = rest.slice(read)
      }
    },
  }
}

function writeAll(fd: 1 | 2, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; )
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === 'EAGAIN') {
        // A pipe that somebody made non-blocking is full.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
        continue
      }
      if (fd === 2) return
      if (code === 'EPIPE') process.exit(NOBODY_READS)
      throw Object.assign(error as Error, { message: `stdout cannot be written: ${message}` })
    }
}
