import { Builtins, Cli, type Command } from 'clipanion'
import { type Context, NAME } from './commands/context'
import { commandHelp, overview } from './commands/help'
import { explainSyntax } from './commands/syntax'

type CommandClass = { new (): Command<Context>; trouble: number }

/** The commands in the order of the help. Only the one that is called is loaded, and known to Clipanion, whose time they all cost. */
const COMMANDS: Record<string, () => Promise<CommandClass>> = {
  iptables: async () => (await import('./commands/iptables')).IptablesCommand,
  'cleanup-iptables': async () => (await import('./commands/cleanup-iptables')).CleanupIptablesCommand,
  check: async () => (await import('./commands/check')).CheckCommand,
  precheck: async () => (await import('./commands/precheck')).PrecheckCommand,
  explain: async () => (await import('./commands/explain')).ExplainCommand,
}

/** Runs a command line and gives its exit status. Errors go to stderr, also those found before a command is known. */
export async function main(argv: string[], context: Context): Promise<number> {
  const [name = ''] = argv
  const called = Object.hasOwn(COMMANDS, name) ? await COMMANDS[name]?.() : undefined
  if (argv.length === 0 || argv.some((word) => word === '-h' || word === '--help')) {
    const definition = called && definitionsOf([called])[0]
    context.stdout.write(definition ? commandHelp(definition) : overview(definitionsOf(await all())))
    return 0
  }
  const cli = cliOf(called ?? Builtins.VersionCommand)
  let command: Command<Context>
  try {
    command = cli.process(argv, context)
  } catch (error) {
    context.stderr.write(explainSyntax(error, argv, definitionsOf(await all())))
    return called?.trouble ?? 1
  }
  return cli.run(command, context)
}

const all = () => Promise.all(Object.values(COMMANDS).map((load) => load()))

const definitionsOf = (commands: CommandClass[]) => cliOf(...commands).definitions({ colored: false })

function cliOf(...commands: { new (): Command<Context> }[]): Cli<Context> {
  const cli = new Cli<Context>({ binaryLabel: NAME, binaryName: NAME, binaryVersion: VERSION })
  for (const command of commands) cli.register(command as never)
  return cli
}
