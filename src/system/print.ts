import { writeSync } from 'node:fs'

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
  return {
    write(text) {
      const bytes = Buffer.from(text)
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
    },
  }
}
