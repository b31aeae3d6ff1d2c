import { UserError } from '../diagnostics/user-error'
import type { Interception } from '../interception/interception'
import { ipv6Addresses } from '../netfilter/ipv6'
import type { Namespace } from '../netfilter/namespace'
import type { Access, Found } from '../netfilter/tables'
import { wantedRules } from '../render/render'
import type { Accounts } from '../system/accounts'
import type { Run } from '../system/run'
import { checkCapabilities } from './capabilities'
import { type Check, guarded } from './check'
import { enter } from './enter'
import { checkFeatures, featuresOf } from './features'
import { checkCounting, checkIds, checkOwners } from './ids'
import { checkIpv6 } from './ipv6'
import { checkListeners, listenersIn } from './listeners'
import { checkLock, type Lock } from './lock'
import { openPlaces, type Place } from './places'
import { checkTables, type Look, lookAt } from './tables'
import { checkTools } from './tools'
import { checkUser } from './user'

/** What the rules are for, and all that is asked of the machine. */
export interface Machine {
  interception: Interception
  access: Access
  accounts: Accounts
  run: Run
  /** Where nsenter is; undefined when there is none. */
  nsenter: string | undefined
  /** The network namespace that is meant. Throws a UserError when it is not there. */
  open(): Namespace
  /** The text of a file; empty when it cannot be read. */
  read(file: string): string
  lock(): Promise<Lock>
  /** Where a symbolic link leads to; undefined when there is none. */
  link(file: string): string | undefined
  /** The warnings that every command gives, as lines; those of the machine when its namespace can be entered. */
  warnings(namespace: Namespace | undefined, found: Found[]): Promise<Check[]>
}

/** Everything that may keep rules from coming into force here, or from working. Changes nothing. */
export async function precheck(machine: Machine): Promise<Check[]> {
  const { interception, access, accounts, run, nsenter, open, read } = machine
  const { namespace, checks: entered } = await enter(access.netns, nsenter, open)
  const addresses = namespace ? await ipv6Addresses(namespace) : { any: true }
  const wanted = wantedRules(interception)
  const reached = namespace ? access : { ...access, netns: undefined }
  const places = await openPlaces(interception, reached, addresses.any, run)
  const looks = namespace ? await Promise.all(places.map((place) => lookAt(place, namespace, access))) : []
  const found = looks.flatMap((look) => (look.found instanceof UserError ? [] : [look.found]))
  const opened = places.flatMap(({ tables }) => (tables instanceof UserError ? [] : [tables.main]))
  const backends = [...opened, ...found.map(({ nat }) => nat)].map(({ backend }) => backend.name)
  const warnings = await machine.warnings(namespace, found)
  const bypass = warnings.find(({ name }) => name === 'ipv6-not-intercepted')

  return [
    ...(await guarded('tools', () => checkTools(places, run))),
    ...entered,
    ...checkCapabilities(read('/proc/self/status'), backends),
    ...checkCounting(read('/proc/self/uid_map'), backends),
    ...(await guarded('features', () => checkFeatures(places.map(asChosen(looks)), featuresOf(wanted), run))),
    ...(namespace ? checkIpv6(looks, addresses, bypass) : []),
    ...checkTables(looks, wanted, access),
    ...(backends.length > 0 ? [checkLock(await machine.lock(), backends)] : []),
    checkUser(interception, accounts),
    ...warnings.filter((check) => check !== bypass),
    checkIds(interception, { uid: read('/proc/self/uid_map'), gid: read('/proc/self/gid_map') }),
    ...checkOwners(access.netns, machine.link),
    ...(namespace ? await guarded('listeners', () => checkListening(interception, namespace)) : []),
  ]
}

/** A place with the backend that the rules go to as its own. */
const asChosen =
  (looks: Look[]) =>
  (place: Place): Place => {
    const found = looks.find((look) => look.place === place)?.found
    if (found === undefined || found instanceof UserError || place.tables instanceof UserError) return place
    return { ...place, tables: { ...place.tables, main: found.nat } }
  }

async function checkListening(interception: Interception, { procNet }: Namespace): Promise<Check[]> {
  return checkListeners(interception, listenersIn((await procNet('tcp')) + (await procNet('tcp6'))))
}
