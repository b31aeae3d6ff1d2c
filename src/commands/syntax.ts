import type { Definition } from 'clipanion'
import { suggestion } from '../interception/suggestion'
import { printable, quote } from '../system/text'
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
    const lacking = known.flatMap(valuesOf).find(({ flags }) => lacksValue(argv, flags))
    if (lacking) return `${lacking.flags.at(-1)} has no value: give ${lacking.usage}`
    const flags = known.flatMap(({ options }) => options).flatMap(flagsOf)
    const unknown = argv
      .map(flagIn)
      .find((flag) => /^-./.test(flag) && !flags.includes(flag.replace(/^--no-/, '--')) && !flags.includes(flag))
    if (unknown !== undefined) return noOption(unknown, flags)
    if (!called) return `the command comes first; the commands are ${definitions.map(nameOf).join(', ')}`
    const takers = known.flatMap(valuesOf).flatMap(({ flags }) => flags)
    const at = argv.findIndex((word, at) => at > 0 && !word.startsWith('-') && !takers.includes(argv[at - 1] ?? ''))
    if (at < 0) return printable(reason.replace(/\.$/, ''))
    const before = known.flatMap(valuesOf).find(({ flags }) => flags.includes(flagIn(lastFlag(argv.slice(0, at)))))
    const hint = before && LIST.test(before.usage) ? `: a list is one word, as in 80,443, and '*' stands in quotes` : ''
    return `${quote(argv[at] as string)} belongs to no option${hint}`
  }

  function noOption(option: string, flags: string[]): string {
    const others = definitions.filter((each) => each.options.flatMap(flagsOf).includes(option))
    if (called && others.length > 0)
      return `${quote(option)} is an option of ${others.map(nameOf).join(', ')}, not of ${argv[0]}`
    return `there is no option ${quote(option)}${option.length > 2 ? suggestion(option, flags) : ''}`
  }
}

/** `--output #0` and `-o,--output` name their flags first. */
const flagsOf = ({ definition }: { definition: string }) => (definition.split(' ')[0] as string).split(',')

/** What stands for a list in usage. */
const LIST = / (?:USER:)?[A-Z]+S$/

const lastFlag = (argv: string[]) => argv.findLast((word) => word.startsWith('-')) ?? ''

/** The flag of a word that may hold its value too. */
const flagIn = (word: string) => word.replace(/=.*/s, '')

/** The options that take a value. */
const valuesOf = ({ options }: Definition) =>
  options
    .filter(({ definition }) => definition.includes(' '))
    .map((option) => ({ flags: flagsOf(option), usage: usageOf(option.definition) }))

const lacksValue = (argv: string[], flags: string[]) =>
  argv.some((word, at) => flags.includes(word) && (at + 1 === argv.length || /^-./.test(argv[at + 1] as string)))
