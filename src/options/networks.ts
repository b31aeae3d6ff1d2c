import type { Diagnostics } from '../diagnostics/diagnostics'
import { type Cidr, parseAddress, parseCidr } from '../ruleset/networks'
import type { OptionInput } from './input'
import { type Lookup, readItems } from './lists'

/** A network of a list option. */
export interface ListedNetwork extends Cidr {
  /** As it was written. */
  item: string
}

/** The networks of a list option, in the order given and each once; an address alone is a network of one. */
export function readNetworks(given: OptionInput, lookup: Lookup, diagnostics: Diagnostics): ListedNetwork[] {
  const networks = new Map<string, ListedNetwork>()
  for (const item of readItems(given, lookup, diagnostics)) {
    const parsed = parseCidr(item)
    if (!parsed)
      diagnostics.error(
        given.name,
        item,
        'is not a network',
        'Use an address or a network, as in 192.0.2.7, 10.0.0.0/8 or fd00::/8',
      )
    else if (networks.has(parsed.cidr)) diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    else networks.set(parsed.cidr, { ...parsed, item })
    if (parsed && item.includes('/') && hasHostBits(item, parsed.cidr))
      diagnostics.warn('host-bits', `${given.name}: ${item} has host bits, which do not count. It means ${parsed.cidr}`)
  }
  return [...networks.values()]
}

function hasHostBits(item: string, cidr: string): boolean {
  const [given, meant] = [item, cidr].map((text) =>
    parseAddress(text.split('/')[0] as string)
      .toByteArray()
      .join(),
  )
  return given !== meant
}
