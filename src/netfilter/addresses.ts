import ipaddr from 'ipaddr.js'
import type { Family } from '../interception/families'
import type { Namespace } from './namespace'

/** The addresses of a network namespace, of one family, as RFC 5952 writes them. Empty where /proc does not tell. */
export async function addressesOf({ procNet }: Namespace, family: Family): Promise<Set<string>> {
  return new Set(family === 'ipv4' ? parseFibTrie(await procNet('fib_trie')) : parseIfInet6(await procNet('if_inet6')))
}

/** The `/32 host LOCAL` leaves of `/proc/net/fib_trie`. */
export function parseFibTrie(text: string): string[] {
  const leaves = [...text.matchAll(/\|-- (\S+)\n((?:\s+\/.*\n?)+)/g)]
  return leaves.flatMap(([, address = '', routes = '']) => (/\/32 host LOCAL/.test(routes) ? [address] : []))
}

/** The first column of `/proc/net/if_inet6`: 32 hexadecimal digits. */
export function parseIfInet6(text: string): string[] {
  return [...text.matchAll(/^([0-9a-f]{32}) /gm)].map(([, digits]) =>
    ipaddr.IPv6.parse((digits as string).replace(/(.{4})(?=.)/g, '$1:')).toString(),
  )
}
