import { UserError } from '../diagnostics/user-error'
import { MissingTool } from './backend'
import type { Namespace } from './namespace'
import type { Tables } from './tables'

/**
 * The IPv6 tables for a clean-up that nobody asked for by family; undefined when they can have no managed rules.
 *
 * @param note is told when they are there, perhaps, and cannot be named
 */
export async function ipv6Leftovers(
  open: () => Promise<Tables>,
  note: (reason: string) => void,
): Promise<Tables | undefined> {
  try {
    const tables = await open()
    return (await tables.other?.mayHold()) || (await tables.main.mayHold()) ? tables : undefined
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (!(error instanceof MissingTool)) note(error.message)
    return undefined
  }
}

/** What is said when `ifIpv6Works` finds nothing. */
export const IPV4_ALONE = 'ip6tables cannot be used, and there are no IPv6 addresses. Only IPv4 is set up'

/** Whether a network namespace has IPv6 addresses besides `::1`, and global ones among them. */
export async function ipv6Addresses({ procNet }: Namespace): Promise<{ any: boolean; global: boolean }> {
  const addresses = (await procNet('if_inet6')).split('\n').filter((line) => line !== '' && !/\slo$/.test(line))
  // Address, interface, prefix length, scope: 00 is global.
  return { any: addresses.length > 0, global: addresses.some((line) => line.split(/\s+/)[3] === '00') }
}

/**
 * What `open` finds of IPv6; undefined when it throws a UserError and no traffic can bypass, since there are no addresses.
 *
 * Throws a UserError when there are addresses: traffic would bypass the proxy.
 */
export async function ifIpv6Works<T>(open: () => Promise<T>, namespace: Namespace): Promise<T | undefined> {
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (!(await ipv6Addresses(namespace)).any) return undefined
    const { problem, ...more } = error.diagnostic
    throw new UserError(`this machine has IPv6 addresses, and IPv6 cannot be redirected: ${problem}`, more)
  }
}
