import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { socketOf } from '../../../src/rollback/connection'
import type { Lab } from './lab'
import type { Namespace } from './namespace'
import type { Tools } from './tools'

/** A namespace whose rollback guards are gone when the test is over. */
export async function kept({ namespace, defer }: Lab, tools?: Tools): Promise<Namespace> {
  const at = await namespace(tools)
  defer(() => guardsOf(at).forEach((pid) => void process.kill(pid, 'SIGKILL')))
  return at
}

/** The process ids of the rollback guards of a namespace's rules. */
export function guardsOf({ file }: Namespace): number[] {
  const socket = `net-${statSync(file).ino}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => /guard\.cjs/.test(commandOf(pid)) && commandOf(pid).includes(socket))
    .map(Number)
}

/** Waits until no rollback guard is left. */
export async function unkept(at: Namespace): Promise<void> {
  for (let waited = 0; existsSync(socketOf(at.file)) || guardsOf(at).length > 0; waited += 50) {
    if (waited > 20_000) throw new Error('a rollback guard is left over')
    await pause(50)
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
