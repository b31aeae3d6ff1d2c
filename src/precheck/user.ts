import type { Warning } from '../interception/diagnostics'
import type { Interception } from '../interception/interception'
import type { Accounts } from '../interception/owner'
import type { Check } from './check'

/** Who the proxy is taken to be. */
export function checkUser({ owner }: Interception, accounts: Accounts): Check {
  const name = nameOf(owner.uid, accounts)
  const text = `the proxy is uid ${owner.uid}, gid ${owner.gid}${name === undefined ? '' : ` (${name})`}`
  return { state: 'ok', name: 'user', text }
}

/** A warning may end in what to do. */
const REMEDY = /^(.*): ((?:give|leave|--).*)$/

/** The warnings that every command gives, as lines; faults are those that `--strict` makes of them. */
export function checksOfWarnings(warnings: Warning[], faults: { value: string }[]): Check[] {
  return warnings.map(({ name, text: sentence }) => {
    const [, text = sentence, remedy] = REMEDY.exec(sentence) ?? []
    const state = faults.some(({ value }) => value === name) ? 'fault' : 'warning'
    const accept = state === 'fault' ? `--allow ${name} accepts it` : ''
    const ways = [remedy, accept].filter(Boolean).join('; ')
    return { state, name, text, ...(ways && { remedy: ways }) }
  })
}

function nameOf(uid: number, accounts: Accounts): string | undefined {
  try {
    return accounts.find('user', String(uid))?.name
  } catch {
    // Without passwd nobody has a name.
    return undefined
  }
}
