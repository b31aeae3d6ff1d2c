import { rangeOf } from '../ruleset/ranges'
import { onceForEachChain } from '../ruleset/ruleset'

/** One byte for each port: 1 for those that are meant. */
export type Ports = Uint8Array
const PORTS = 65536

export const noPorts = (): Ports => new Uint8Array(PORTS)
export const allPorts = (): Ports => noPorts().fill(1)

/** Just these ports. */
export function only(ports: number[]): Ports {
  const one = noPorts()
  for (const port of ports) one[port] = 1
  return one
}

/** The ports of a rule, as in `80` and `8000:8010`, null for all, as far as they are among others. */
export function among(ports: string[] | null, others: Ports): number[] {
  const found: number[] = []
  for (const [first, last] of rangesOf(ports))
    for (let port = first; port <= last; port++) if (others[port]) found.push(port)
  return found
}

const rangesOf = (ports: string[] | null) => (ports ?? ['1:65535']).map(rangeOf)

/** Takes ports out. */
export function close(open: Ports, ports: number[]): void {
  for (const port of ports) open[port] = 0
}

/** Takes the ports of a rule out. */
export function closeRanges(open: Ports, ports: string[] | null): void {
  for (const [first, last] of rangesOf(ports)) open.fill(0, first, last + 1)
}

const PORT = ' --dport '
const ZERO = '0'.charCodeAt(0)

/** For each rule of a chain the one port that it is for, or 0, without taking 50,000 foreign rules apart. */
export const portsOf = onceForEachChain((specs) => {
  const ports = new Uint16Array(specs.length)
  for (let at = 0; at < specs.length; at++) ports[at] = portOf(specs[at] as string)
  return ports
})

function portOf(spec: string): number {
  const at = spec.lastIndexOf(PORT)
  // In front of a quote it may be part of a comment, which may say anything.
  if (at <= 0 || spec[at - 1] === '!' || spec.includes('"', at)) return 0
  let port = 0
  for (let next = at + PORT.length; next < spec.length && spec[next] !== ' '; next++) {
    const digit = spec.charCodeAt(next) - ZERO
    if (digit < 0 || digit > 9) return 0
    port = 10 * port + digit
  }
  return port < PORTS ? port : 0
}
