import type { Ruleset } from './ruleset'
import { words } from './tokenize'

/** The family of a saved table, which does not state it, by the first address in its rules; undefined without one. */
export function familyOfAddresses(saved: Ruleset): 'ipv4' | 'ipv6' | undefined {
  for (const specs of saved.values())
    for (const spec of specs) {
      const all = words(spec)
      const address = all.find((_, at) => /^-[sd]$/.test(all[at - 1]?.text ?? ''))
      if (address) return address.value.includes(':') ? 'ipv6' : 'ipv4'
    }
  return undefined
}
