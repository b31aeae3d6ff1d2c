import type { Definition } from 'clipanion'
import { printable, quote } from '../interception/report'
import { suggestion } from '../interception/suggestion'
import { NAME } from './context'

/** A command line that cannot be read: what is wrong, the nearest words that would do, and where to look. */
export function explainSyntax(error: unknown, argv: string[], definitions: Definition[]): string {
  const path = definitions.map((each) => each.path.replace(`${NAME} `, ''))
  const called = definitions[path.indexOf(argv[0] ?? '')]
  const help = `${NAME} ${called ? `${argv[0]} ` : ''}--help`
  const reason = (error as Error).message.split('\n')[0] as string
  const [, option] = /^(?:Unsupported|Invalid) option name \("([^"=]*)/.exec(reason) ?? []
  return `${NAME}: ${what()}; see ${help}\n`

  function what(): string {
    if (!called && argv[0] && !argv[0].startsWith('-'))
      return `there is no command ${quote(argv[0])}${suggestion(argv[0], path)}; the commands are ${path.join(', ')}`
    if (option === undefined) return printable(reason.replace(/\.$/, ''))
    const flags = (called ? [called] : definitions).flatMap((each) => each.options).flatMap(namesOf)
    return `there is no option ${quote(option)}${suggestion(option, flags)}`
  }
}

/** `--output #0` and `-o,--output` name their flags first. */
const namesOf = ({ definition }: { definition: string }) => (definition.split(' ')[0] as string).split(',')
