import type { Definition } from 'clipanion'
import { groupOf, usageOf } from '../../src/commands/help'

/** The commands that take what is to be intercepted. */
const MOST = ['iptables', 'cleanup-iptables', 'check', 'precheck', 'explain']

/** A table of all options in Markdown, group by group: what each means, its default, and the commands that take it. */
export function optionsTable(definitions: Definition[]): string {
  const rows = new Map<string, { group: string; commands: string[] }>()
  for (const { path, options } of definitions) {
    let group = ''
    for (const { definition, description = '' } of options) {
      group = groupOf(definition) ?? group
      const [, meaning = '', byDefault = ''] = /^(.*) \((?:default (.*); )?APISIX_\w+\)$/.exec(description) ?? []
      const row = [`\`${usageOf(definition)}\``, meaning, byDefault].join(' | ')
      if (!rows.has(row)) rows.set(row, { group, commands: [] })
      rows.get(row)?.commands.push(path.split(' ').at(-1) ?? '')
    }
  }
  const groups = [...new Set([...rows.values()].map(({ group }) => group))]
  return groups
    .flatMap((group) => [
      `| **${group}** | | default | of |`,
      '|---|---|---|---|',
      ...[...rows]
        .filter(([, row]) => row.group === group)
        .map(([row, { commands }]) => `| ${row.replaceAll('<', '\\<')} | ${among(commands)} |`),
      '',
    ])
    .join('\n')
}

function among(commands: string[]): string {
  if (!MOST.every((name) => commands.includes(name))) return commands.map((name) => `\`${name}\``).join(', ')
  return ['all', ...commands.filter((name) => !MOST.includes(name)).map((name) => `\`${name}\``)].join(', ')
}
