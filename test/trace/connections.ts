import { Diagnostics } from '../../src/diagnostics/diagnostics'
import { parseOptions } from '../../src/options/parse'
import type { Connection } from '../../src/trace/connection'
import { CONNECTION_OPTIONS, onMachine, readConnection } from '../../src/trace/read-connection'
import { NO_ACCOUNTS } from '../no-accounts'
import { words } from '../support'

/** The connection that words such as `--out 10.0.0.5:443 --uid 1000` describe. */
export function describedBy(line: string): Connection {
  const all = words(line)
  const inputOf = (option: string) => {
    const at = all.indexOf(`--${option}`)
    return { name: `--${option}`, values: at < 0 ? [] : [all[at + 1] as string] }
  }
  const diagnostics = new Diagnostics()
  const options = parseOptions(CONNECTION_OPTIONS, inputOf, { command: 'explain' }, diagnostics)
  const connection = readConnection(options, NO_ACCOUNTS, diagnostics)
  if (!connection) throw new Error(diagnostics.errors.map(({ problem }) => problem).join())
  return connection
}

/** The same where no machine is meant. */
export const connectionOf = (line: string) => onMachine(describedBy(line), undefined)
