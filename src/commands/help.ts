import type { Definition } from 'clipanion'
import { wrap } from '../show/wrap'
import { NAME } from './context'

/** The options by what one wants to do, each group by the flag that it starts with. */
const GROUPS: [first: string, title: string][] = [
  ['--apisix-port', 'The proxy'],
  ['--inbound-ports', 'What is intercepted'],
  ['--outbound-exclude-users', 'Whose traffic is left alone'],
  ['--compact', 'The form of the rules'],
  ['--ip-family', 'The machine that the rules are for'],
  ['--strict', 'Warnings'],
  ['--dry-run', 'Where the result goes'],
  ['--backend', 'How the live table is reached'],
  ['--from', 'A saved table'],
  ['--out', 'The connection'],
  ['--format', 'The format of the result'],
  ['--json', 'The form of the report'],
]

/** Help for one command, plain text in 80 columns. */
export function commandHelp({ path, description = '', details = '', options, examples }: Definition): string {
  const shown = options.flatMap(({ definition, description = '' }, at) => {
    const [, title] = GROUPS.find(([first]) => first === definition.split(' ')[0]) ?? (at === 0 ? ['', 'Options'] : [])
    const usage = `  ${definition.replace('#0', 'VALUE').replace(',', ', ')}`
    return [...(title ? ['', `${title}:`] : []), usage, ...wrap(description, 6)]
  })
  const runs = examples?.flatMap(([title, command]) => [`  ${title.trim()}:`, `    ${command}`]) ?? []
  const about = [description.trim(), '', ...details.trim().split(/ *\n/)]
  return `${[`Usage: ${path} [options]`, '', ...about, ...shown, '', 'Examples:', ...runs].join('\n')}\n`
}

/** The commands, each in a line, and where to go on. */
export function overview(definitions: Definition[]): string {
  const commands = definitions.map(
    ({ path, description = '' }) => `  ${path.replace(`${NAME} `, '').padEnd(18)}${description.trim()}`,
  )
  const [, first] = definitions[0]?.examples?.[0] ?? []
  const more = `\`${NAME} COMMAND --help\` explains a command.`
  return `${[`Usage: ${NAME} COMMAND [options]`, '', ...commands, '', 'A first example:', `  ${first}`, '', more].join('\n')}\n`
}
