import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { workshop } from '../../workshop'
import type { Ended } from './exec'
import type { In, Namespace } from './namespace'
import { scripts } from './script'
import type { Backend } from './tools'

/** What the tests are about: something that brings rules into force in a namespace, and removes them. */
export interface Agent {
  name: string
  /** The backends beside which it is tested, where that makes a difference; all by default. */
  backends?: Backend[]
  /** Brings the rules of the options of `apisix-mesh-agent iptables` into force. */
  apply(at: Namespace, options: string[], how?: In): Promise<Ended>
  clean(at: Namespace, options?: string[], how?: In): Promise<Ended>
}

/** One that also tells whether the rules of the options are active: then it ends with 0. */
export interface CheckingAgent extends Agent {
  check(at: Namespace, options: string[], how?: In): Promise<Ended>
}

let copy: string | undefined

/** The built program, from where every user may read it. */
function executable(): string {
  if (copy) return copy
  if (!existsSync('dist/cli.cjs')) throw new Error('dist/cli.cjs is missing: run `npm run build`')
  const folder = workshop('program')
  for (const file of readdirSync('dist').filter((name) => name.endsWith('.cjs')))
    copyFileSync(join('dist', file), join(folder, file))
  copy = join(folder, 'cli.cjs')
  return copy
}

/** The command line that starts the program. */
export const argvOf = (command: string, options: string[] = []) => [process.execPath, executable(), command, ...options]

const start =
  (command: string) =>
  (at: Namespace, options: string[] = [], how?: In) =>
    at.run(argvOf(command, options), how)

/** What else the program does with the live table. */
export const ask = {
  check: start('check'),
  explain: start('explain'),
  precheck: start('precheck'),
  confirm: start('confirm'),
}

export const program: CheckingAgent = {
  name: 'program',
  apply: start('iptables'),
  clean: start('cleanup-iptables'),
  check: ask.check,
}

/** Everything that has to pass the tests of applying and cleaning up. */
export const agents: CheckingAgent[] = [program, ...scripts]
