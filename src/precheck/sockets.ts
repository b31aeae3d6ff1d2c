import { endianness } from 'node:os'
import ipaddr from 'ipaddr.js'
import type { Family } from '../interception/families'

/** A TCP socket that listens. */
export interface Listener {
  family: Family
  /** As in `0.0.0.0`, `127.0.0.1` and `::`. */
  address: string
  port: number
  /** Its number, by which a process that holds it open is found. */
  inode: number
}

const LISTENS = /^\s*\d+: ([\dA-F]{8}|[\dA-F]{32}):([\dA-F]{4}) [\dA-F]+:[\dA-F]{4} 0A \S+ \S+ \S+ +\d+ +\d+ (\d+)/gm

/**
 * The sockets that listen, in the text of `/proc/net/tcp` and `/proc/net/tcp6`.
 *
 * An address stands there in words of 32 bits, each in the byte order of the machine. An IPv4 address that IPv6 maps
 * (`::ffff:10.0.0.1`) is one of IPv4.
 */
export function listenersIn(text: string, isLittleEndian = endianness() === 'LE'): Listener[] {
  return [...text.matchAll(LISTENS)].map(([, address = '', port = '', inode]) => {
    const words = address.match(/.{8}/g) ?? []
    const bytes = words.flatMap((word) => {
      const each = [...Buffer.from(word, 'hex')]
      return isLittleEndian ? each.reverse() : each
    })
    const parsed = ipaddr.process(ipaddr.fromByteArray(bytes).toString())
    return { family: parsed.kind(), address: parsed.toString(), port: Number.parseInt(port, 16), inode: Number(inode) }
  })
}
