import type { Definition } from 'clipanion'
import { wrap } from '../show/wrap'
import { NAME } from './context'
import { placeholderOf } from './options'

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
  ['--confirm-within', 'A way back'],
  ['--out', 'The connection'],
  ['--format', 'The format of the result'],
  ['--json', 'The form of the report'],
]

/** The title of the group of options that this one starts. */
export const groupOf = (definition: string) => GROUPS.find(([first]) => first === definition.split(' ')[0])?.[1]

/** An option and what stands for its value, `-o, --output FILE`; takes what Clipanion makes of it, `-o,--output #0`. */
export function usageOf(definition: string): string {
  const [flags = '', takesValue] = definition.split(' ')
  return `${flags.replace(',', ', ')}${takesValue ? ` ${placeholderOf(flags)}` : ''}`
}

/** Help for one command, plain text in 80 columns. */
export function commandHelp({ path, description = '', details = '', options, examples }: Definition): string {
  const shown = options.flatMap(({ definition, description = '' }, at) => {
    const title = groupOf(definition) ?? (at === 0 ? 'Options' : undefined)
    const usage = `  ${usageOf(definition)}`
    return [...(title ? ['', `${title}:`] : []), usage, ...wrap(description, 6)]
  })
  const runs = examples?.flatMap(([title, command]) => [`  ${title.trim()}:`, `    ${command}`]) ?? []
  const about = [description.trim(), '', ...details.trim().split(/ *\n/)]
  return `${[`Usage: ${path} [options]`, '', ...about, ...shown, '', 'Examples:', ...runs].join('\n')}\n`
}

/** The words that options, messages and documentation share. */
const WORDS: [word: string, meaning: string][] = [
  ['intercept', 'send a connection to the proxy instead of where it was to go'],
  ['exclude', 'leave alone what would be intercepted otherwise'],
  ['hook', 'the jump from a built-in chain of the kernel to a chain of ours'],
  ['in force', 'in the kernel, each rule once, in order, reached by traffic'],
]

const inColumns = (rows: [string, string][]) => rows.map(([name, text]) => `  ${name.padEnd(18)}${text}`)

/** The commands, the two main ones first, and where to go on. */
export function overview(definitions: Definition[]): string {
  const commands = definitions.map(({ path, description = '' }): [string, string] => [
    path.replace(`${NAME} `, ''),
    description.trim(),
  ])
  const [, first] = definitions[0]?.examples?.[0] ?? []
  return `${[
    `Usage: ${NAME} COMMAND [options]`,
    '',
    "Sends an application's TCP traffic through an Apache APISIX sidecar, with nat rules.",
    '',
    ...inColumns(commands.slice(0, 2)),
    '',
    'To look before, and after:',
    ...inColumns(commands.slice(2)),
    '',
    'A first example, which prints the rules and changes nothing:',
    `  ${first}`,
    '',
    'Words:',
    ...inColumns(WORDS),
    '',
    `\`${NAME} COMMAND --help\` explains a command and its options.`,
  ].join('\n')}\n`
}
