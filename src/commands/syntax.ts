import type { Definition } from 'clipanion'
import { printable, quote } from '../interception/report'
import { suggestion } from '../interception/suggestion'
import { NAME } from './context'
import { usageOf } from './help'

/** A command line that cannot be read: what is wrong, what would do, and where to look. Takes every command. */
export function explainSyntax(error: unknown, argv: string[], definitions: Definition[]): string {
  const nameOf = ({ path }: Definition) => path.replace(`${NAME} `, '')
  const called = definitions.find((each) => nameOf(each) === argv[0])
  const known = called ? [called] : definitions
  const help = `${NAME} ${called ? `${argv[0]} ` : ''}--help`
  const reason = (error as Error).message.split('\n')[0] as string
  return `${NAME}: ${what()}; see ${help}\n`

  function what(): string {
    if (!called && argv[0] && !argv[0].startsWith('-')) {
      const names = definitions.map(nameOf)
      return `there is no command ${quote(argv[0])}${suggestion(argv[0], names)}; the commands are ${names.join(', ')}`
    }
    const [, option] = /^(?:Unsupported|Invalid) option name \("([^"=]*)/.exec(reason) ?? []
    if (option !== undefined) return `there is no option ${quote(option)}${instead(option)}`
    const lacking = known.flatMap(valuesOf).find(({ flags }) => lacksValue(argv, flags))
    if (lacking) return `an option has no value: give ${lacking.usage}`
    const [, extra] = /^Extraneous positional argument \("(.*)"\)/.exec(reason) ?? []
    if (extra !== undefined) return `${quote(extra)} belongs to no option`
    return printable(reason.replace(/\.$/, ''))
  }

  function instead(option: string): string {
    const others = definitions.filter((each) => each.options.some((one) => flagsOf(one).includes(option)))
    if (called && others.length > 0) return `, which is one of ${others.map(nameOf).join(', ')}`
    return suggestion(option, known.flatMap((each) => each.options).flatMap(flagsOf))
  }
}

/** `--output #0` and `-o,--output` name their flags first. */
const flagsOf = ({ definition }: { definition: string }) => (definition.split(' ')[0] as string).split(',')

/** The options that take a value. */
const valuesOf = ({ options }: Definition) =>
  options
    .filter(({ definition }) => definition.includes(' '))
    .map((option) => ({ flags: flagsOf(option), usage: usageOf(option.definition) }))

const lacksValue = (argv: string[], flags: string[]) =>
  argv.some((word, at) => flags.includes(word) && /^(-|$)/.test(argv[at + 1] ?? ''))
