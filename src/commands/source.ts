import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import { addressesOf } from '../netfilter/addresses'
import type { Namespace } from '../netfilter/namespace'
import type { Nat } from '../netfilter/nat'
import { withSight } from '../netfilter/sight'
import { type Access, openTables, tableForRules } from '../netfilter/tables'
import { wantedRules } from '../render/render'
import { FAMILY_NAMES, type Family, familiesNamed, familiesOf } from '../ruleset/families'
import { asSaved, forFamily, type Ruleset } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'
import { quote } from '../system/text'
import { namedFamily, namespaceOf, readAccess, readSaved, reportPath, requireOneFamily } from './access'
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

export async function readSource(session: Session, diagnostics: Diagnostics): Promise<Source> {
  const access = readAccess(session, diagnostics)
  const { name, value: from } = session.options.from
  const families = familiesNamed(session.options.ipFamily.value)
  const shown = familiesOf(families)
  const notLive = { live: undefined, addresses: async () => undefined }
  if (hasSetup(session)) {
    const wanted = wantedRules(await readModel(session, diagnostics))
    escalate(session, diagnostics)
    if (from !== undefined)
      diagnostics.error(name, from, 'is explained as it is', 'Remove the options that say what is redirected')
    const rules = (family: Family) => asSaved(families[family] ? forFamily(wanted, family) : NOTHING)
    const read = async (family: Family) => ({ ruleset: rules(family), what: 'the rules of the options' })
    return { ...notLive, families: async () => shown, read }
  }
  if (from !== undefined) {
    requireOneFamily(session.options.from, families, diagnostics)
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
  reportPath(access, diagnostics)
  const live = namespaceOf(session, access)
  return {
    families: async () => shown,
    live,
    addresses: (family) => addressesOf(live, family),
    read: async (family) => {
      const { ruleset, nat } = await readLive(session, access, family)
      return { ruleset, what: `the live rules (${nat.backend.name})`, nat }
    },
  }
}

/** The live table of a family, with what else decides there. */
export async function readLive(
  session: Session,
  access: Access,
  family: Family,
): Promise<{ ruleset: Ruleset; nat: Nat }> {
  const found = await tableForRules(await openTables(access, family, session.context.run))
  if (found.warning) session.print({ severity: 'warning', ...found.warning })
  return { ruleset: await withSight(found, access.path, namespaceOf(session, access)), nat: found.nat }
}

const otherFamily = (from: string, table: Family, connection: Family) =>
  new UserError(
    `--from: ${quote(from)} is a table of ${FAMILY_NAMES[table]}, and the connection is one of ${FAMILY_NAMES[connection]}`,
    { remedy: 'Use a connection of its family, or --ip-family if the table is of another' },
  )
