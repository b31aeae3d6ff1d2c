import type { Family } from '../ruleset/families'

/** The first packet of a TCP connection, as far as it is known: what is undefined was not said. */
export interface Connection {
  way: 'in' | 'out'
  family: Family
  /** Without brackets; undefined inbound for whichever address of this machine. */
  to: { address: string | undefined; port: number }
  /** Outbound only where it is said: such a connection is given its source when it is made. */
  from: { address: string; port: number | undefined } | undefined
  /** Where it comes in, or goes out. */
  interface: string | undefined
  /** Whether the destination is an address of this machine. */
  isLocal: boolean | undefined
  /** Outbound only: what comes in has no owner. */
  uid: number | undefined
  gid: number | undefined
}
