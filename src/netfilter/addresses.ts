import ipaddr from 'ipaddr.js'
import type { Family } from '../ruleset/families'
import type { Namespace } from './namespace'

/**
 * The networks whose addresses are a network namespace's own, of one family, as in `192.0.2.1/32` and `127.0.0.0/8`.
 *
 * Empty where /proc does not tell.
 */
export async function addressesOf({ procNet }: Namespace, family: Family): Promise<Set<string>> {
  return new Set(family === 'ipv4' ? parseFibTrie(await procNet('fib_trie')) : parseIfInet6(await procNet('if_inet6')))
}

/** The `host LOCAL` routes of `/proc/net/fib_trie`: those of addresses, and others that somebody made. */
export function parseFibTrie(text: string): string[] {
  const leaves = [...text.matchAll(/\|-- (\S+)\n((?:\s+\/.*\n?)+)/g)]
  return leaves.flatMap(([, address, routes = '']) =>
    [...routes.matchAll(/\/(\d+) host LOCAL/g)].map(([, length]) => `${address}/${length}`),
  )
}

/** The first column of `/proc/net/if_inet6`, 32 hexadecimal digits, as networks of one. */
export function parseIfInet6(text: string): string[] {
  return [...text.matchAll(/^([0-9a-f]{32}) /gm)].map(
    ([, digits]) => `${ipaddr.IPv6.parse((digits as string).replace(/(.{4})(?=.)/g, '$1:'))}/128`,
  )
}
