import { CleanupIptablesCommand } from './commands/cleanup-iptables'
import { IptablesCommand } from './commands/iptables'
import { start } from './start'

/** Runs one of the two commands that change rules as this process: what every pod starts with, from the smallest file. */
export const startQuick = () => start({ iptables: IptablesCommand, 'cleanup-iptables': CleanupIptablesCommand })
