import { Cli, Command, type Usage } from 'clipanion'
import type { BaseCommand } from './commands/base-command'
import { commandHelp, overview, shortHelp } from './commands/help'
import { type Context, NAME, severityLine } from './commands/session'
import { explainSyntax } from './commands/syntax'
import { flagOf } from './options/input'
import { type CommandName, OPTIONS, ROWS } from './options/table'

type CommandClass = { new (): BaseCommand; trouble: number; usage: Usage }

/** Commands by name. */
export type Commands = Record<string, CommandClass>

/** Runs a command line and gives its exit status. Errors go to stderr, also those found before a command is known. */
export async function main(argv: string[], context: Context, commands: Commands): Promise<number> {
  const [name = ''] = argv
  if (name === 'help') return main([...argv.slice(1), '--help'], context, commands)
  const called = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (argv.length === 0) {
    context.stderr.write(overview())
    return 1
  }
  if (argv.some((word) => word === '-h' || word === '--help')) {
    const help = argv.includes('--help') ? commandHelp : shortHelp
    context.stdout.write(called ? help(name as CommandName, called.usage) : overview())
    return 0
  }
  if (argv.length === 1 && ['-v', '--version', 'version'].includes(name)) {
    context.stdout.write(`${VERSION}\n`)
    return 0
  }
  const contradicted = contradiction(argv)
  if (contradicted) {
    context.stderr.write(severityLine(context, 'error', `${contradicted} is switched on and off. Use it once.`))
    return called?.trouble ?? 1
  }
  let command: BaseCommand
  try {
    const known = called ? [narrowed(called, argv)] : Object.values(commands)
    command = cliOf(...known).process(argv, {}) as BaseCommand
  } catch (error) {
    context.stderr.write(severityLine(context, 'error', explainSyntax(error, argv)))
    return called?.trouble ?? 1
  }
  command.context = context
  return command.validateAndExecute()
}

/** A boolean that is given both on (`--x`, `--x=true`) and off (`--no-x`, `--x=false`), of which Clipanion would take the last. */
function contradiction(argv: string[]): string | undefined {
  const flags = ROWS.filter(([, { kind }]) => kind === 'boolean').map(([name]) => flagOf(name))
  return flags.find((flag) => {
    const isOn = argv.includes(flag) || argv.includes(`${flag}=true`)
    return isOn && (argv.includes(`${flag}=false`) || argv.includes(flag.replace('--', '--no-')))
  })
}

/**
 * The command with those of its options alone that the command line names.
 *
 * Clipanion works out a state machine of all that it knows, at every start: 40 options cost a quarter of it.
 */
function narrowed(called: CommandClass, argv: string[]): CommandClass {
  if (argv.some((word) => /^-[^-]/.test(word))) return called
  const named = new Set(
    argv.flatMap((word) => [word.replace(/=.*/s, ''), word.replace(/=.*/s, '').replace(/^--no-/, '--')]),
  )
  const Narrowed = class extends (called as new () => object) {
    constructor() {
      super()
      for (const [property, value] of Object.entries(this))
        if (value?.[Command.isOption] && property in OPTIONS && !named.has(flagOf(property)))
          Reflect.set(this, property, undefined)
    }
  }
  return Narrowed as CommandClass
}

function cliOf(...commands: { new (): Command }[]): Cli {
  const cli = new Cli({ binaryLabel: NAME, binaryName: NAME, binaryVersion: VERSION })
  for (const command of commands) cli.register(command)
  return cli
}
