import { Builtins, Cli, type Command } from 'clipanion'
import { CleanupIptablesCommand } from './commands/cleanup-iptables'
import { type Context, NAME } from './commands/context'
import { commandHelp, overview } from './commands/help'
import { IptablesCommand } from './commands/iptables'
import { PrecheckCommand } from './commands/precheck'
import { explainSyntax } from './commands/syntax'

/** Runs a command line and gives its exit status. Errors go to stderr, also those found before a command is known. */
export async function main(argv: string[], context: Context): Promise<number> {
  const cli = new Cli<Context>({ binaryLabel: NAME, binaryName: NAME, binaryVersion: VERSION })
  for (const command of [IptablesCommand, CleanupIptablesCommand, PrecheckCommand]) cli.register(command)
  const definitions = () => cli.definitions({ colored: false })

  if (argv.length === 0 || argv.some((word) => word === '-h' || word === '--help')) {
    const definition = definitions().find(({ path }) => path === `${NAME} ${argv[0]}`)
    context.stdout.write(definition ? commandHelp(definition) : overview(definitions()))
    return 0
  }
  cli.register(Builtins.VersionCommand)
  let command: Command<Context>
  try {
    command = cli.process(argv, context)
  } catch (error) {
    context.stderr.write(explainSyntax(error, argv, definitions()))
    return 1
  }
  return cli.run(command, context)
}
