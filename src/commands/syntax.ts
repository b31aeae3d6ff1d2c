import { suggestion } from '../diagnostics/suggestion'
import { usageOf } from '../options/describe'
import { flagOf } from '../options/input'
import { COMMAND_NAMES, OPTIONS, type Option, type OptionName, optionsOf, ROWS } from '../options/table'
import { allOf, printable, quote } from '../system/text'
import { NAME } from './session'

/** A command line that cannot be read: what is wrong, what would do, and where to look. */
export function explainSyntax(error: unknown, argv: string[]): string {
  const called = COMMAND_NAMES.find((name) => name === argv[0])
  const options = called ? optionsOf(called) : ROWS.map(([name]) => name)
  const taking = options.filter((name) => OPTIONS[name].kind !== 'boolean')
  return `${what()} See ${NAME} ${called ? `${called} ` : ''}--help`

  function what(): string {
    const [first = ''] = argv
    if (!called && first && !first.startsWith('-'))
      return `unknown command ${quote(first)}${suggestion(first, COMMAND_NAMES)}. The commands are ${allOf(COMMAND_NAMES)}.`
    const lacking = taking.find((name) => lacksValue(argv, flagsOf(name)))
    if (lacking) return `${flagOf(lacking)} has no value. Use ${usageOf(lacking)}.`
    const flags = options.flatMap(flagsOf)
    const off = options.filter((name) => !taking.includes(name)).map((name) => flagOf(name).replace('--', '--no-'))
    const unknown = argv.map(flagIn).find((flag) => /^-./.test(flag) && !flags.includes(flag) && !off.includes(flag))
    if (unknown !== undefined) return noOption(unknown, flags)
    if (!called) return `the command comes first. The commands are ${allOf(COMMAND_NAMES)}.`
    const takers = taking.flatMap(flagsOf)
    const at = argv.findIndex((word, at) => at > 0 && !word.startsWith('-') && !takers.includes(argv[at - 1] ?? ''))
    if (at < 0) return `${printable(((error as Error).message.split('\n')[0] as string).replace(/\.$/, ''))}.`
    const before = taking.find((name) => flagsOf(name).includes(flagIn(lastFlag(argv.slice(0, at)))))
    const hint = before && LIST.test(usageOf(before)) ? ` A list is one word, as in 80,443, and '*' needs quotes.` : ''
    return `unexpected argument ${quote(argv[at] as string)}.${hint}`
  }

  function noOption(flag: string, flags: string[]): string {
    const [other] = ROWS.filter(([name]) => flagsOf(name).includes(flag))
    if (called && other) return `${quote(flag)} is an option of ${allOf(other[1].commands)}, not of ${called}.`
    return `unknown option ${quote(flag)}${flag.length > 2 ? suggestion(flag, flags) : ''}.`
  }
}

function flagsOf(name: OptionName): string[] {
  const { short }: Option = OPTIONS[name]
  return [...(short ? [short] : []), flagOf(name)]
}

/** What stands for a list in usage. */
const LIST = / (?:USER:)?[A-Z]+S$/

const lastFlag = (argv: string[]) => argv.findLast((word) => word.startsWith('-')) ?? ''

/** The flag of a word that may hold its value too. */
const flagIn = (word: string) => word.replace(/=.*/s, '')

const lacksValue = (argv: string[], flags: string[]) =>
  argv.some((word, at) => flags.includes(word) && (at + 1 === argv.length || /^-./.test(argv[at + 1] as string)))
