import { fchmodSync, fsyncSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import tmp from 'tmp'

/**
 * Puts a text at a path in one step: a reader sees the old file or the new one, whole, and a failure leaves the old one.
 *
 * Throws the system's error when the directory cannot be written or the disk is full.
 */
export function writeWhole(path: string, text: string, mode = 0o644): void {
  const { name, fd, removeCallback } = tmp.fileSync({ tmpdir: dirname(path), prefix: '.apisix-mesh-agent' })
  try {
    writeFileSync(fd, text)
    fchmodSync(fd, mode)
    fsyncSync(fd)
    renameSync(name, path)
  } finally {
    removeCallback()
  }
}
