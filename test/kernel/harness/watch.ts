import { once } from 'node:events'
import type { Namespace } from './namespace'
import { inOrder, withoutCounters } from './table'

/** What was seen of a table: how often it was read, and each of its states, in the order in which they came. */
export interface Seen {
  reads: number
  states: string[]
}

/** Reads the nat table in a tight loop until it is told to stop. A failed read ends the loop, and fails the test. */
export async function watch(at: Namespace): Promise<() => Promise<Seen>> {
  const child = at.start(['sh', '-c', 'while iptables-save -t nat; do :; done'])
  const printed: Buffer[] = []
  child.stdout?.on('data', (data) => printed.push(data))
  const closed = once(child, 'close')
  if (child.stdout) await once(child.stdout, 'data')
  return async () => {
    if (child.exitCode !== null)
      throw new Error(`iptables-save ended with ${child.exitCode} while the table was watched`)
    child.kill()
    await closed
    const reads = `${Buffer.concat(printed)}`.split(/(?<=^COMMIT\n)/m).filter((text) => /^COMMIT$/m.test(text))
    const states = reads.map((text) => inOrder(withoutCounters(text)))
    return { reads: reads.length, states: states.filter((state, index) => state !== states[index - 1]) }
  }
}
