import tmp from 'tmp'

tmp.setGracefulCleanup()

/** A new directory that every user can read, whatever the checkout allows; removed when the run ends. */
export function workshop(name: string): string {
  const { name: root } = tmp.dirSync({ mode: 0o755, unsafeCleanup: true, prefix: `kernel-test-${name}` })
  return root
}
