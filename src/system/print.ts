import { writeSync } from 'node:fs'

/** By SIGPIPE, as a shell sees it: nobody reads any more, as in `| head -1`. */
const NOBODY_READS = 141

/**
 * Standard output (1) or error (2), to which texts are written whole at once.
 *
 * The streams of Node.js would be loaded for it, which takes longer than all else that a dry run does, and what they have not
 * written yet is lost when the process is ended.
 */
export function printerTo(fd: 1 | 2): { write(text: string): void } {
  return {
    write(text) {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; )
        try {
          at += writeSync(fd, bytes, at)
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException
          if (code === 'EPIPE') process.exit(NOBODY_READS)
          if (code !== 'EAGAIN') throw error
          // A pipe that somebody made non-blocking is full.
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
        }
    },
  }
}
