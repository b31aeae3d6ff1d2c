import type { UserError } from '../diagnostics/user-error'
import type { Interception } from '../interception/interception'
import { type Access, openTables, type Tables } from '../netfilter/tables'
import { type Family, familiesOf } from '../ruleset/families'
import type { Run } from '../system/run'
import { type Trouble, userErrorOf } from './check'

/** Where the rules of one family go, or why its tools cannot be used. */
export interface Place {
  family: Family
  tables: Tables | UserError
  /** What it means when this family cannot be set up. */
  lack: Trouble
}

/** The places of the families wanted. Beside IPv4, IPv6 may be missing when there is no address that could bypass. */
export async function openPlaces(
  interception: Interception,
  access: Access,
  hasIpv6: boolean,
  run: Run,
): Promise<Place[]> {
  return Promise.all(
    familiesOf(interception).map(async (family) => ({
      family,
      tables: await openTables(access, family, run).catch(userErrorOf),
      lack: family === 'ipv6' && interception.ipv4 && !hasIpv6 ? 'warning' : 'fault',
    })),
  )
}
