import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Ruleset } from '../../src/ruleset/ruleset'
import type { Run } from '../../src/system/run'
import { load } from '../ruleset/simulate'
import { bare, saved } from '../script/tables'
import { workshop } from '../workshop'

/** The legacy tools of both families over tables in memory, and the option that chooses them. A document that has `refused` fails. */
export function tablesInMemory(refused?: { family: 'ipv4' | 'ipv6'; part: string }) {
  const folder = workshop('memory')
  for (const name of ['iptables', 'ip6tables'])
    for (const verb of ['save', 'restore']) writeFileSync(join(folder, `${name}-legacy-${verb}`), '', { mode: 0o755 })
  const tables: Record<'ipv4' | 'ipv6', Ruleset> = { ipv4: bare(), ipv6: bare() }
  const run: Run = async (program, args, { input = '', reads } = {}) => {
    const name = basename(program)
    const family = name.startsWith('ip6') ? 'ipv6' : 'ipv4'
    const ended = { status: 0, stdout: '', stderr: '', late: false }
    // It has no table of `--format nft`.
    if (name === 'nft') return { ...ended, status: 1 }
    if (args.includes('--version')) return { ...ended, stdout: `${name} v1.8.9 (legacy)\n` }
    if (name.endsWith('-save')) {
      reads?.(saved(tables[family]))
      return { ...ended, stdout: reads ? '' : saved(tables[family]) }
    }
    if (refused?.family === family && input.includes(refused.part))
      return { ...ended, status: 1, stderr: 'iptables-restore: line 2 failed\n' }
    try {
      tables[family] = load(tables[family], input)
      return ended
    } catch (error) {
      return { ...ended, status: 1, stderr: `${(error as Error).message}\n` }
    }
  }
  return { tables, folder, run, tools: `--iptables-restore ${join(folder, 'iptables-legacy-restore')}` }
}
