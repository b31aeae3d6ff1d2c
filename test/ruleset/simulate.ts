import { canonical } from '../../src/ruleset/canonical'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { rulesetOf, type Texts, textsOf } from './texts'

/**
 * What `iptables-restore --noflush` makes of a nat table, or an Error where it would reject the document (facts 5 and 6).
 * The table given is left as it is.
 */
export function load(live: Ruleset, document: string): Ruleset {
  if (document === '') return live
  const table = textsOf(live)
  const lines = document.split('\n')
  if (lines.shift() !== '*nat' || lines.pop() !== '' || lines.pop() !== 'COMMIT') throw new Error('not one whole table')
  for (const line of lines) {
    const [, reset] = /^:(\S+) - \[0:0\]$/.exec(line) ?? []
    const [, command, chain = '', spec = ''] = /^-([NADIFX]) (\S+)(?: (.*))?$/.exec(line) ?? []
    const specs = () => table.get(chain) ?? reject(`no chain ${chain}`)
    if (reset) table.set(reset, [])
    else if (command === 'N') table.has(chain) ? reject('chain exists') : table.set(chain, [])
    else if (command === 'A') specs().push(isTarget(table, spec) ? canonical(spec) : reject(`no target: ${line}`))
    else if (command === 'I') specs().unshift(isTarget(table, spec) ? canonical(spec) : reject(`no target: ${line}`))
    else if (command === 'D') take(specs(), canonical(spec))
    else if (command === 'F') specs().splice(0)
    else if (command === 'X') specs().length || isUsed(table, chain) ? reject('chain in use') : table.delete(chain)
    else reject(`what is ${line}`)
  }
  return rulesetOf(table)
}

function reject(reason: string): never {
  throw new Error(reason)
}

function take(specs: string[], spec: string): void {
  const at = specs.indexOf(spec)
  if (at < 0) reject(`no rule ${spec}`)
  specs.splice(at, 1)
}

const isUsed = (table: Texts, chain: string) =>
  [...table.values()].flat().some((spec) => new RegExp(`-[jg] ${chain}$`).test(spec))

const isTarget = (table: Texts, spec: string) => {
  const [, target = ''] = /-[jg] (\S+)(?: --\S+ \S+)?$/.exec(spec) ?? []
  return /^(RETURN|REDIRECT|DNAT|MASQUERADE|ACCEPT|LOG)$/.test(target) || table.has(target)
}
