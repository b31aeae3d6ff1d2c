import type { Context } from './commands/context'
import { type Commands, main } from './main'

/** Every command, in the order of the help. */
const COMMANDS: Commands = {
  iptables: async () => (await import('./commands/iptables')).IptablesCommand,
  'cleanup-iptables': async () => (await import('./commands/cleanup-iptables')).CleanupIptablesCommand,
  confirm: async () => (await import('./commands/confirm')).ConfirmCommand,
  check: async () => (await import('./commands/check')).CheckCommand,
  precheck: async () => (await import('./commands/precheck')).PrecheckCommand,
  explain: async () => (await import('./commands/explain')).ExplainCommand,
}

/** Runs any command line: see `main`. */
export const everything = (argv: string[], context: Context) => main(argv, context, COMMANDS)
