import { CheckCommand } from './commands/check'
import { CleanupIptablesCommand } from './commands/cleanup-iptables'
import { CompletionCommand } from './commands/completion'
import { ConfirmCommand } from './commands/confirm'
import { DiffCommand } from './commands/diff'
import { ExplainCommand } from './commands/explain'
import { InjectCommand } from './commands/inject'
import { IptablesCommand } from './commands/iptables'
import { PrecheckCommand } from './commands/precheck'
import type { Commands } from './main'
import { start } from './start'

/** Every command. */
export const COMMANDS: Commands = {
  iptables: IptablesCommand,
  'cleanup-iptables': CleanupIptablesCommand,
  inject: InjectCommand,
  check: CheckCommand,
  precheck: PrecheckCommand,
  explain: ExplainCommand,
  diff: DiffCommand,
  confirm: ConfirmCommand,
  completion: CompletionCommand,
}

/** Runs any command as this process. */
export const startAny = () => start(COMMANDS)
