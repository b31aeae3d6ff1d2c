import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { socketOf } from '../../../src/keeper/place'
import type { Lab } from './lab'
import type { Namespace } from './namespace'
import type { Tools } from './tools'

/** A namespace whose keepers are gone when the test is over. */
export async function kept({ namespace, defer }: Lab, tools?: Tools): Promise<Namespace> {
  const at = await namespace(tools)
  defer(() => keepersOf(at).forEach((pid) => void process.kill(pid, 'SIGKILL')))
  return at
}

/** The process ids of the keepers of a namespace's rules. */
export function keepersOf({ file }: Namespace): number[] {
  const socket = `net-${statSync(file).ino}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => /keeper\.cjs/.test(commandOf(pid)) && commandOf(pid).includes(socket))
    .map(Number)
}

/** Waits until no keeper is left. */
export async function unkept(at: Namespace): Promise<void> {
  for (let waited = 0; existsSync(socketOf(at.file)) || keepersOf(at).length > 0; waited += 50) {
    if (waited > 20_000) throw new Error('a keeper is left over')
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
