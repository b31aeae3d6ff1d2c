import { type StrayReturn, strayReturns } from './ownership'
import type { Ruleset, Wanted } from './ruleset'

/** What a stray RETURN does, and how to remove it. `tool` is the command, as in `iptables` and `ip6tables-legacy`. */
export function describeStray({ spec, who, count }: StrayReturn, tool: string): string {
  const times = count === 1 ? '' : ` (${count} times)`
  return `a RETURN in OUTPUT that may be foreign stays, and by it ${who} bypasses the proxy${times}: ${tool} -t nat -D OUTPUT ${spec} removes it`
}

export const describeStrays = (live: Ruleset, wanted: Wanted, tool: string) =>
  strayReturns(live, wanted).map((each) => describeStray(each, tool))
