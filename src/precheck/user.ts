import type { Warning } from '../diagnostics/diagnostics'
import type { Interception } from '../interception/interception'
import type { Accounts } from '../system/accounts'
import type { Check } from './check'

/** Who the proxy is taken to be. */
export function checkUser({ owners }: Interception, accounts: Accounts): Check {
  const users = owners.map(({ uid, gid }) => {
    const name = nameOf(uid, accounts)
    return `uid ${uid}, ${gid === null ? 'any gid' : `gid ${gid}`}${name === undefined ? '' : ` (${name})`}`
  })
  return { state: 'ok', name: 'user', text: `the proxy is ${users.join(', or ')}` }
}

/** The warnings that every command gives, as lines; errors are those that `--strict` makes of them. */
export function checksOfWarnings(warnings: Warning[], errors: { value?: string }[]): Check[] {
  return warnings.map(({ code, problem, remedy }) => {
    const state = errors.some(({ value }) => value === code) ? 'fault' : 'warning'
    const accept = state === 'fault' ? `Use --allow ${code} to accept it` : ''
    const ways = [remedy, accept].filter(Boolean).join('. ')
    return { state, name: code, text: problem, ...(ways && { remedy: ways }) }
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
