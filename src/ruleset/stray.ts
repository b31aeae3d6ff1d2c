import type { Diagnostic } from '../diagnostics/diagnostic'
import { type StrayReturn, strayReturns } from './ownership'
import type { Ruleset, Wanted } from './ruleset'

/** What a stray RETURN does, and how to remove it. `tool` is the command, as in `iptables` and `ip6tables-legacy`. */
export function strayReturn({ spec, who, count }: StrayReturn, tool: string): Diagnostic {
  const times = count === 1 ? '' : ` (${count} times)`
  return {
    severity: 'warning',
    code: 'stray-return',
    problem: `a RETURN in OUTPUT that may be foreign stays, and ${who} bypasses the proxy by it${times}`,
    remedy: `Remove it with \`${tool} -t nat -D OUTPUT ${spec}\``,
  }
}

/** A warning for each RETURN in OUTPUT that may be foreign, and that lets traffic bypass the proxy. */
export const warningsOfStrays = (live: Ruleset, wanted: Wanted, tool: string) =>
  strayReturns(live, wanted).map((each) => strayReturn(each, tool))
