import { parseRule } from './rule'
import type { Ruleset } from './ruleset'

/** The family of a saved table, which does not state it, by the first address in its rules; undefined without one. */
export function familyOfAddresses(saved: Ruleset): 'ipv4' | 'ipv6' | undefined {
  for (const specs of saved.values())
    for (const spec of specs) {
      const [address] = parseRule(spec).matches.find(({ option }) => option === '-s' || option === '-d')?.values ?? []
      if (address) return address.includes(':') ? 'ipv6' : 'ipv4'
    }
  return undefined
}
