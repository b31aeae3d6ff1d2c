import type { Report } from '../interception/diagnostics'
import { FAMILY_NAMES, type Family, familiesOf, readFamilies, requireOneFamily } from '../interception/families'
import { single } from '../interception/values'
import { addressesOf } from '../netfilter/addresses'
import type { Namespace } from '../netfilter/namespace'
import type { Nat } from '../netfilter/nat'
import { withSight } from '../netfilter/sight'
import { openTables, tableForRules } from '../netfilter/tables'
import { wantedRules } from '../render/render'
import { inForce } from '../ruleset/in-force'
import { forFamily, type Ruleset } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'
import { quote } from '../system/text'
import { UserError } from '../system/user-error'
import { namedFamily, namespaceOf, readAccess, readSaved, reportPath } from './access'
import { escalate, hasSetup, readModel } from './model'
import type { Session } from './session'

/** Where the rules come from that are explained. */
export interface Source {
  /** The families that are shown. */
  families(): Promise<Family[]>
  /** The nat table of a family, and its name in words. */
  read(family: Family): Promise<Explained>
  /** Where live rules are; undefined for others. */
  live: Namespace | undefined
  /** The addresses of the machine; undefined when no machine is meant. */
  addresses(family: Family): Promise<Set<string> | undefined>
}

export interface Explained {
  ruleset: Ruleset
  what: string
  /** The live table. */
  nat?: Nat
}

export async function readSource(session: Session, report: Report): Promise<Source> {
  const access = readAccess(session, report)
  const from = single(session.option('from'), report)
  const families = readFamilies(session.option('ipFamily'), report)
  const shown = familiesOf(families)
  const notLive = { live: undefined, addresses: async () => undefined }
  if (hasSetup(session)) {
    const wanted = wantedRules(await readModel(session, report))
    escalate(session, report)
    if (from !== undefined)
      report.fault(
        session.option('from').name,
        from,
        'is explained as it is: leave the options out that say what is intercepted',
      )
    const rules = (family: Family) => inForce(families[family] ? forFamily(wanted, family) : NOTHING)
    const read = async (family: Family) => ({ ruleset: rules(family), what: 'the rules of the options' })
    return { ...notLive, families: async () => shown, read }
  }
  if (from !== undefined) {
    requireOneFamily(session.option('from'), families, report)
    const named = namedFamily(session)
    let opened: ReturnType<typeof readSaved> | undefined
    const open = () => (opened ??= readSaved(session, from, named))
    const read = async (family: Family) => {
      const { saved, family: found } = await open()
      if (family !== found) throw otherFamily(from, found, family)
      return { ruleset: saved, what: `the rules of ${quote(from)}` }
    }
    return { ...notLive, families: async () => [(await open()).family], read }
  }
  reportPath(access, report)
  const { run } = session.context
  const live = namespaceOf(session, access)
  return {
    families: async () => shown,
    live,
    addresses: (family) => addressesOf(live, family),
    read: async (family) => {
      const found = await tableForRules(await openTables(access, family, run))
      const { nat, warning } = found
      if (warning) session.say(`warning: ${warning}`)
      const ruleset = await withSight(found, access.path, live)
      return { ruleset, what: `the live rules (${nat.backend.name})`, nat }
    },
  }
}

const otherFamily = (from: string, table: Family, connection: Family) =>
  new UserError(
    `--from: ${quote(from)} is a table of ${FAMILY_NAMES[table]}, and the connection is one of ${FAMILY_NAMES[connection]}: ` +
      'give a connection of its family, or --ip-family if the table is of another',
  )
