import { UserError } from '../diagnostics/user-error'
import { reasonsOf } from '../drift/findings'
import { findShadowingRules } from '../drift/in-front'
import { FAMILY_NAMES, type Family, familiesOf } from '../interception/families'
import type { Interception } from '../interception/interception'
import { canHold } from '../netfilter/backend'
import type { Namespace } from '../netfilter/namespace'
import { withSight } from '../netfilter/sight'
import { type Access, type Found, openTables, type Tables, tableForRules } from '../netfilter/tables'
import { hasManagedChains } from '../ruleset/ownership'
import { forFamily, type Ruleset, type Wanted } from '../ruleset/ruleset'
import { isEmpty, transaction } from '../ruleset/transaction'
import type { Run } from '../system/run'
import { type Check, failedCheck, type Trouble, userErrorOf } from './check'

/** The table that the rules of a family would go into, or why it cannot be read. */
export interface Look {
  place: Place
  found: Found | UserError
}

/** Reads the tables, but none that this would register (facts 15): what nobody has registered is empty. */
export async function lookAt(place: Place, namespace: Namespace, path: string | undefined): Promise<Look> {
  if (place.tables instanceof UserError) return { place, found: place.tables }
  const { main, other } = place.tables
  const read = async () => ((await canHold(main.backend, namespace)) ? main.read() : new Map())
  const found = await tableForRules({ main: { ...main, read }, other }).catch(userErrorOf)
  if (found instanceof UserError) return { place, found }
  return { place, found: { ...found, live: await withSight({ ...found, foreignIn: false }, path, namespace) } }
}

/** Which backend the rules go to and why, whether they are active there, and what the other backend has. */
export function checkTables(looks: Look[], wanted: Wanted, access: Access): Check[] {
  return looks.flatMap(({ place, found }) => {
    const { family, tables, lack } = place
    const where = `${FAMILY_NAMES[family]}: `
    // That tools are missing is said of the tools.
    if (tables instanceof UserError) return []
    if (found instanceof UserError) return [failedCheck('tables', where, found, lack)]

    const { backend } = found.nat
    const isMain = backend.name === tables.main.backend.name
    const why = isMain ? reason(access, tables.main.backend.restore) : 'which has managed rules'
    const state = stateOf(found.live, forFamily(wanted, family))
    const checks: Check[] = [{ state: 'ok', name: 'tables', text: `${where}${backend.name}, ${why}; ${state}` }]
    if (!isMain)
      checks.push({
        state: 'warning',
        name: 'tables',
        text: `${where}the managed rules are in ${backend.name}, and ${tables.main.backend.restore} is ${tables.main.backend.name}. They are updated where they are`,
        remedy: `Remove them with \`apisix-mesh-agent cleanup-iptables\` to use ${tables.main.backend.name} instead`,
      })
    for (const reason of reasonsOf(found.live)) checks.push({ state: 'warning', name: 'tables', text: where + reason })
    if (found.warning)
      checks.push({ state: 'warning', name: 'tables', ...found.warning, text: where + found.warning.problem })
    return checks
  })
}

function reason({ backend, restore }: Access, tool: string): string {
  if (restore !== undefined) return 'by --iptables-restore'
  return backend === 'auto' ? `which ${tool} is` : 'by --backend'
}

function stateOf(live: Ruleset, wanted: Wanted): string {
  const isShadowed = () => findShadowingRules(live, wanted).some(({ ports }) => ports.length > 0)
  if (isEmpty(transaction(live, wanted)))
    return isShadowed()
      ? 'the managed rules are behind a foreign rule that takes their traffic'
      : 'the rules are active already'
  return hasManagedChains(live) ? 'other managed rules are there, and would be replaced' : 'no managed rules yet'
}

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
