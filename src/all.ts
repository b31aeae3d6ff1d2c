import type { Context } from './commands/context'
import { type Commands, definitionsOfAll, main } from './main'

/** Every command, in the order of the help: first what changes rules. */
const COMMANDS: Commands = {
  iptables: async () => (await import('./commands/iptables')).IptablesCommand,
  'cleanup-iptables': async () => (await import('./commands/cleanup-iptables')).CleanupIptablesCommand,
  check: async () => (await import('./commands/check')).CheckCommand,
  precheck: async () => (await import('./commands/precheck')).PrecheckCommand,
  explain: async () => (await import('./commands/explain')).ExplainCommand,
  confirm: async () => (await import('./commands/confirm')).ConfirmCommand,
}

export const definitions = () => definitionsOfAll(COMMANDS)

/** Runs any command line: see `main`. */
export const everything = (argv: string[], context: Context) => main(argv, context, COMMANDS)
