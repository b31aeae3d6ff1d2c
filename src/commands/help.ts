import type { Usage } from 'clipanion'
import { wrap } from '../format/wrap'
import { briefOf, meaningOf, usageOf } from '../options/describe'
import { PREFIX, variableOf } from '../options/input'
import { COMMANDS, type CommandName, choicesOf, MOST_USED, OPTIONS, type OptionName, optionsOf } from '../options/table'
import { NAME } from './session'

/** The variables of all options. */
const VARIABLES =
  `  Every option can be set by a variable: ${PREFIX} and its name in capitals, as in ` +
  `${variableOf('--inbound-ports')} for --inbound-ports. An option beats its variable.`

const ARGUMENTS: Partial<Record<CommandName, string>> = { diff: ' OLD NEW', inject: ' [FILE…]', completion: ' SHELL' }
const hasOptions = (command: CommandName) => optionsOf(command).length > 0
const usageLine = (command: CommandName) =>
  `Usage: ${NAME} ${command}${ARGUMENTS[command] ?? ''}${hasOptions(command) ? ' [options]' : ''}`

/** Help for one command on one screen: what it is for, examples, and the options that are used most. */
export function shortHelp(command: CommandName, { examples = [] }: Usage): string {
  const options = MOST_USED[command].map((name): [string, string] => [usageOf(name), summaryOf(name, command)])
  const width = Math.max(...options.map(([usage]) => usage.length)) + 2
  const shown = [
    '',
    'Most used options:',
    ...options.map(([usage, summary]) => `  ${usage.padEnd(width)}${summary}`),
    '',
    `\`${NAME} ${command} --help\` shows all options.`,
  ]
  const lines = [
    usageLine(command),
    '',
    COMMANDS[command],
    '',
    'Examples:',
    ...examples.map(([, line]) => `  ${line.replaceAll('$0', NAME)}`),
    ...(hasOptions(command) ? shown : []),
  ]
  return `${lines.join('\n')}\n`
}

/** What an option means in a few words; of a format its words. */
function summaryOf(name: OptionName, command: CommandName): string {
  return name === 'format' ? choicesOf(name, command).join(', ') : briefOf(name)
}

/** Help for one command with all of its options, plain text in 80 columns. */
export function commandHelp(command: CommandName, { details = '', examples = [] }: Usage): string {
  let group = ''
  const shown = optionsOf(command).flatMap((name) => {
    const title = OPTIONS[name].group === group ? [] : ['', `${OPTIONS[name].group}:`]
    group = OPTIONS[name].group
    const { meaning, default: byDefault } = meaningOf(name, command)
    const text = byDefault === '' ? meaning : `${meaning} (default ${byDefault})`
    return [...title, `  ${usageOf(name)}`, ...wrap(text, 6)]
  })
  const runs = examples.flatMap(([title, line]) => [`  ${title}:`, `    ${line.replaceAll('$0', NAME)}`])
  const about = details
    .trim()
    .split(/\n\s*\n/)
    .flatMap((paragraph) => ['', ...wrap(paragraph.trim(), 0)])
  const lines = [
    usageLine(command),
    '',
    COMMANDS[command],
    ...about,
    ...shown,
    ...(hasOptions(command) ? ['', 'Environment:', ...wrap(VARIABLES, 2)] : []),
    '',
    'Examples:',
    ...runs,
  ]
  return `${lines.join('\n')}\n`
}

/** The words that options, messages and documentation share. */
const WORDS: [word: string, meaning: string][] = [
  ['redirect', 'send a connection to the proxy instead of its destination'],
  ['bypass, exclude', 'not redirect what would be redirected otherwise'],
  ['managed', 'created by this program; everything else is foreign'],
  ['active', 'in the kernel, complete, in order, reached by traffic'],
]

const inColumns = (rows: [string, string][]) => rows.map(([name, text]) => `  ${name.padEnd(17)}${text}`)

/** The commands, those that set something up first, and where to go on. */
export function overview(): string {
  const commands = Object.entries(COMMANDS)
  return `${[
    `Usage: ${NAME} COMMAND [options]`,
    '',
    "Redirects an application's TCP traffic to an Apache APISIX sidecar by nat rules.",
    '',
    ...inColumns(commands.slice(0, 3)),
    '',
    'To look before, and after:',
    ...inColumns(commands.slice(3)),
    '',
    'A first example, which prints the rules and changes nothing:',
    `  ${NAME} iptables --apisix-user 501:20 --inbound-ports 80,443 --dry-run`,
    '',
    'Words:',
    ...inColumns(WORDS),
    '',
    `\`${NAME} COMMAND -h\` shows the most used options, \`--help\` all.`,
  ].join('\n')}\n`
}
