import '../render/each'
import manTemplate from '../../templates/man.hbs'
import { WARNINGS } from '../diagnostics/diagnostic'
import { meaningOf } from '../options/describe'
import { flagOf, PREFIX } from '../options/input'
import { COMMANDS, type CommandName, type Option, type OptionName, ROWS } from '../options/table'

/** The man page, in roff as man(7) describes it: commands, options, environment, exit statuses and the codes of warnings. */
export function manPage(version: string): string {
  const groups = [...new Set(ROWS.map(([, { group }]) => group))]
  return manTemplate({
    version,
    prefix: roff(PREFIX),
    commands: Object.entries(COMMANDS).map(([name, summary]) => ({ name: roff(name), summary: roff(summary) })),
    groups: groups.map((title) => ({
      title: roff(title),
      options: ROWS.filter(([, { group }]) => group === title).map(([name, row]) => optionView(name, row)),
    })),
    warnings: Object.entries(WARNINGS).map(([code, meaning]) => ({ code: roff(code), meaning: roff(meaning) })),
  })
}

function optionView(name: OptionName, { short, placeholder, commands }: Option) {
  const meanings = [...new Set(commands.map((command) => textOf(name, command)))]
  return {
    flag: roff(flagOf(name)),
    short: short === undefined ? '' : roff(short),
    placeholder: roff(placeholder ?? ''),
    meanings: meanings.map(roff),
    commands: roff(commands.join(', ')),
  }
}

function textOf(name: OptionName, command: CommandName): string {
  const { meaning, default: byDefault } = meaningOf(name, command)
  return `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}.${byDefault === '' ? '' : ` Default: ${byDefault}.`}`
}

/** A text as roff prints it: a hyphen is not broken at, a backslash is one, and no line begins with a request. */
const roff = (text: string) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
