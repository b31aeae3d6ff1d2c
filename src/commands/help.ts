import type { Definition } from 'clipanion'
import { NAME } from './context'

const WIDTH = 80

/** Help for one command, plain text in 80 columns. */
export function commandHelp({ path, description = '', details = '', options, examples }: Definition): string {
  const shown = options.flatMap(({ definition, description = '' }) => [
    `  ${definition.replace('#0', 'VALUE').replace(',', ', ')}`,
    ...wrap(description, 6),
  ])
  const runs = examples?.flatMap(([title, command]) => [`  ${title.trim()}:`, `    ${command}`]) ?? []
  return `${[`Usage: ${path} [options]`, '', description.trim(), '', ...details.trim().split(/ *\n/), '', 'Options:', ...shown, '', 'Examples:', ...runs].join('\n')}\n`
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

/** Lines of at most 80 columns, broken at spaces. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(' '.repeat(indent) + word)
  }
  return lines
}
