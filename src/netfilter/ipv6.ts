import { UserError } from '../diagnostics/user-error'
import { canHold, MissingTool } from './backend'
import type { Namespace } from './namespace'
import type { Tables } from './tables'

/**
 * The IPv6 tables for a clean-up that nobody asked for by family; undefined when they can have no managed rules.
 *
 * @param note is told when they are there, perhaps, and cannot be named
 */
export async function ipv6Leftovers(
  open: () => Promise<Tables>,
  namespace: Namespace,
  note: (reason: string) => void,
): Promise<Tables | undefined> {
  try {
    const tables = await open()
    return tables.other || (await canHold(tables.main.backend, namespace)) ? tables : undefined
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (!(error instanceof MissingTool)) note(error.message)
    return undefined
  }
}

/** What is said when `ipv6Tables` finds none. */
export const IPV4_ALONE = 'ip6tables cannot be used, and there are no IPv6 addresses. Only IPv4 is set up'

/** Whether a network namespace has IPv6 addresses besides `::1`, and global ones among them. */
export async function ipv6Addresses({ procNet }: Namespace): Promise<{ any: boolean; global: boolean }> {
  const addresses = (await procNet('if_inet6')).split('\n').filter((line) => line !== '' && !/\slo$/.test(line))
  // Address, interface, prefix length, scope: 00 is global.
  return { any: addresses.length > 0, global: addresses.some((line) => line.split(/\s+/)[3] === '00') }
}

/**
 * The IPv6 tables; undefined when they cannot be used and no traffic can bypass, since there are no addresses.
 *
 * Throws a UserError when they cannot be used although there are addresses: traffic would bypass the proxy.
 */
export async function ipv6Tables(open: () => Promise<Tables>, namespace: Namespace): Promise<Tables | undefined> {
  try {
    const tables = await open()
    return { ...tables, first: await tables.main.read() }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (!(await ipv6Addresses(namespace)).any) return undefined
    const { problem, ...more } = error.diagnostic
    throw new UserError(`this machine has IPv6 addresses, and IPv6 cannot be redirected: ${problem}`, more)
  }
}
