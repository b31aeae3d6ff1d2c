import { Diagnostics } from '../../src/diagnostics/diagnostics'
import { given, type OptionInput } from '../../src/options/input'
import type { Connection } from '../../src/trace/connection'
import { CONNECTION_OPTIONS, type ConnectionOptions, onMachine, readConnection } from '../../src/trace/read-connection'
import { words } from '../support'

const NOBODY = { find: () => undefined, names: () => [], sharing: () => [] }

/** The connection that words such as `--out 10.0.0.5:443 --uid 1000` describe. */
export function describedBy(line: string): Connection {
  const all = words(line)
  const options = Object.fromEntries(
    CONNECTION_OPTIONS.map((name): [string, OptionInput] => {
      const at = all.indexOf(`--${name}`)
      return [name, given(`--${name}`, at < 0 ? undefined : [all[at + 1] as string], {})]
    }),
  )
  const diagnostics = new Diagnostics()
  const connection = readConnection(options as ConnectionOptions, NOBODY, diagnostics)
  if (!connection) throw new Error(diagnostics.errors.map(({ problem }) => problem).join())
  return connection
}

/** The same where no machine is meant. */
export const connectionOf = (line: string) => onMachine(describedBy(line), undefined)
