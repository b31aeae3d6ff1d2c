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

/** As messages name them. */
export const FAMILY_NAMES = { ipv4: 'IPv4', ipv6: 'IPv6' } as const

/** The families that are meant, in the order in which reports show them. */
export function familiesOf(families: Families): Family[] {
  return (['ipv4', 'ipv6'] as const).filter((family) => families[family])
}

/** The families that the option names. */
export const familiesNamed = (name: keyof typeof FAMILIES): Families => FAMILIES[name]

/** The family of a saved table, where one is meant. */
export const oneFamily = ({ ipv4 }: Families): Family => (ipv4 ? 'ipv4' : 'ipv6')
