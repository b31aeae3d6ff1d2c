import { isInRange } from '../ruleset/ranges'
import type { Interception } from './interception'

/** Whether a connection to a port of this machine is intercepted, as far as ports decide. */
export function interceptsInbound({ inbound }: Interception, port: number): boolean {
  if (!inbound) return false
  const holds = (matches: { ports: string }[]) =>
    matches.some(({ ports }) => ports.split(',').some((range) => isInRange(port, range)))
  return inbound.all ? !(inbound.exemptSsh && port === 22) && !holds(inbound.exclude) : holds(inbound.ports)
}
