import { UserError } from '../diagnostics/user-error'
import { reasonsOf } from '../drift/findings'
import { findShadowingRules } from '../drift/in-front'
import { canHold } from '../netfilter/backend'
import type { Namespace } from '../netfilter/namespace'
import { type Limits, type Nat, NoTable, natOf } from '../netfilter/nat'
import { withSight } from '../netfilter/sight'
import { type Access, type Found, tableForRules } from '../netfilter/tables'
import { FAMILY_NAMES, type Family } from '../ruleset/families'
import { hasManagedChains } from '../ruleset/ownership'
import { forFamily, type Ruleset, type Wanted } from '../ruleset/ruleset'
import { isEmpty, transaction } from '../ruleset/transaction'
import type { Run } from '../system/run'
import { type Check, failedCheck, userErrorOf } from './check'
import { findWay } from './features'
import type { Place } from './places'

/** The table that the rules of a family would go into, or why it cannot be read. */
export interface Look {
  place: Place
  found: Found | UserError
}

/** Reads the tables, but none that this would register (facts 15): what nobody has registered is empty, if the kernel has it. */
export async function lookAt(place: Place, namespace: Namespace, { path, deadline, wait }: Access): Promise<Look> {
  if (place.tables instanceof UserError) return { place, found: place.tables }
  const { main, other, ...why } = place.tables
  const gently = (nat: Nat): Nat => {
    const mayHold = () => canHold(nat.backend, namespace)
    const read = async () => {
      if (await mayHold()) return nat.read()
      if (other) await tryElsewhere(nat, namespace, { deadline, wait })
      return new Map()
    }
    return { ...nat, mayHold, read }
  }
  const found = await tableForRules({ main: gently(main), other: other && gently(other), ...why }).catch(userErrorOf)
  if (found instanceof UserError) return { place, found }
  return { place, found: { ...found, live: await withSight({ ...found, foreignIn: false }, path, namespace) } }
}

/** Reads a table in a network namespace that is gone afterwards, where one can be made. Throws NoTable when the kernel has none. */
async function tryElsewhere({ backend }: Nat, namespace: Namespace, limits: Limits): Promise<void> {
  const way = await findWay(namespace.run)
  if (!way) return
  const run: Run = (program, args, options) => namespace.run('unshare', [...way, program, ...args], options)
  const error = await natOf(backend, { ...namespace, run }, limits)
    .read()
    .then(() => undefined, userErrorOf)
  if (error instanceof NoTable) throw error
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
    const isElsewhere = backend.name !== tables.main.backend.name && hasManagedChains(found.live)
    const why = found.because === undefined ? reason(access, backend.restore) : `because ${found.because}`
    const state = stateOf(found.live, forFamily(wanted, family), family)
    const checks: Check[] = [{ state: 'ok', name: 'tables', text: `${where}${backend.name}, ${why}; ${state}` }]
    if (isElsewhere)
      checks.push({
        state: 'warning',
        name: 'tables',
        text: `${where}the managed rules are in ${backend.name}, and ${tables.main.backend.restore} is ${tables.main.backend.name}. They are updated where they are`,
        remedy: `Remove them with \`apisix-mesh-agent cleanup-iptables\` to use ${tables.main.backend.name} instead`,
      })
    for (const reason of reasonsOf(found.live)) checks.push({ state: 'warning', name: 'tables', text: where + reason })
    if (found.warning) {
      const { problem, remedy } = found.warning
      const state = found.isInBoth ? 'fault' : 'warning'
      checks.push({ state, name: 'tables', text: where + problem, ...(remedy && { remedy }) })
    }
    return checks
  })
}

function reason({ backend, restore }: Access, tool: string): string {
  if (restore !== undefined) return 'by --iptables-restore'
  return backend === 'auto' ? `which ${tool} is` : 'by --backend'
}

function stateOf(live: Ruleset, wanted: Wanted, family: Family): string {
  const isShadowed = () => findShadowingRules(live, wanted, family).some(({ ports }) => ports.length > 0)
  if (isEmpty(transaction(live, wanted)))
    return isShadowed()
      ? 'the managed rules are behind a foreign rule that takes their traffic'
      : 'the rules are active already'
  return hasManagedChains(live) ? 'other managed rules are there, and would be replaced' : 'no managed rules yet'
}
