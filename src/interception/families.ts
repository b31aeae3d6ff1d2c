import type { Given } from './given'
import type { Report } from './report'
import { choice } from './values'

export type Family = 'ipv4' | 'ipv6'

/**
 * The families that rules are for: null for one that is not meant.
 *
 * When both are, one document serves both: a line that one family must not read starts with `only`, `-4 ` or `-6 ` (facts 14).
 */
export type Families = Record<Family, { only: string } | null>

const FAMILIES: Record<'ipv4' | 'ipv6' | 'dual', Families> = {
  ipv4: { ipv4: { only: '' }, ipv6: null },
  ipv6: { ipv4: null, ipv6: { only: '' } },
  dual: { ipv4: { only: '-4 ' }, ipv6: { only: '-6 ' } },
}

/** The families of the option: `ipv4` by default. */
export function readFamilies(given: Given, report: Report): Families {
  return FAMILIES[choice(given, ['ipv4', 'ipv6', 'dual'], 'ipv4', report)]
}
