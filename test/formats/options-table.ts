import { meaningOf, usageOf } from '../../src/options/describe'
import { COMMAND_NAMES, type CommandName, ROWS } from '../../src/options/table'

/** The commands that take what is to be redirected. */
const MOST: readonly CommandName[] = ['iptables', 'cleanup-iptables', 'check', 'precheck', 'explain']

/** A table of all options in Markdown, group by group: what each means, its default, and the commands that take it. */
export function optionsTable(): string {
  const groups = [...new Set(ROWS.map(([, { group }]) => group))]
  return groups
    .flatMap((group) => [
      `| **${group}** | | default | of |`,
      '|---|---|---|---|',
      ...ROWS.filter(([, row]) => row.group === group).flatMap(([name, { commands }]) =>
        [
          ...alike(
            commands,
            (command) => `\`${usageOf(name)}\` | ${Object.values(meaningOf(name, command)).join(' | ')}`,
          ),
        ].map(([cells, takers]) => `| ${cells.replaceAll('<', '\\<')} | ${among(takers)} |`),
      ),
      '',
    ])
    .join('\n')
}

/** Commands by what is said for them. */
function alike(commands: readonly CommandName[], said: (command: CommandName) => string): Map<string, CommandName[]> {
  const rows = new Map<string, CommandName[]>()
  for (const command of COMMAND_NAMES.filter((each) => commands.includes(each)))
    rows.set(said(command), [...(rows.get(said(command)) ?? []), command])
  return rows
}

function among(commands: CommandName[]): string {
  if (!MOST.every((name) => commands.includes(name))) return commands.map((name) => `\`${name}\``).join(', ')
  return ['all', ...commands.filter((name) => !MOST.includes(name)).map((name) => `\`${name}\``)].join(', ')
}
