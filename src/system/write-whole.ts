import { fchmodSync, fchownSync, fsyncSync, lstatSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import tmp from 'tmp'

/**
 * Puts a text at a path in one step: a reader sees the old file or the new one, whole, and a failure leaves the old one.
 *
 * A file that is there keeps its owner and mode; a new one gets `mode` less the umask. A link is replaced, not followed.
 * Throws the system's error when the directory cannot be written, the disk is full, or the owner cannot be kept.
 */
export function writeWhole(path: string, text: string, mode = 0o666): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  const old = found?.isFile() ? found : undefined
  const { name, fd, removeCallback } = tmp.fileSync({ tmpdir: dirname(path), prefix: '.apisix-mesh-agent' })
  try {
    writeFileSync(fd, text)
    if (old && (old.uid !== process.geteuid?.() || old.gid !== process.getegid?.())) fchownSync(fd, old.uid, old.gid)
    fchmodSync(fd, old ? old.mode & 0o7777 : mode & ~process.umask())
    fsyncSync(fd)
    renameSync(name, path)
  } finally {
    removeCallback()
  }
}
