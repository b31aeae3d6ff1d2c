import { Report } from '../interception/diagnostics'
import type { Family } from '../interception/families'
import type { Interception } from '../interception/interception'
import { type Access, type Found, openTables, tableForRules } from '../netfilter/tables'
import { checkIds } from '../precheck/ids'
import { wantedRules } from '../render/render'
import type { RecordSnapshot } from '../rollback/with-guard'
import { chainsBetween, previousSet } from '../ruleset/previous'
import { forFamily, type Ruleset, type Wanted } from '../ruleset/ruleset'
import { readOrNothing } from '../system/read'
import { UserError } from '../system/user-error'
import { openFamilies, otherFamily } from './access'
import { convergeTable, printChange } from './change'
import { reportForeignRules, reportShadows } from './machine-warnings'
import { escalate } from './model'
import type { Session } from './session'

/** An undo has time of its own: the deadline may be why it is needed. */
const UNDO_TIME = 10_000

/** IPv6 first; when the second family fails the first is brought back. */
export async function apply(
  session: Session,
  interception: Interception,
  access: Access,
  keep?: RecordSnapshot,
): Promise<number> {
  refuseUnmapped(interception)
  const wanted = wantedRules(interception)
  const isDual = interception.ipv4 && interception.ipv6
  // All are read, and may be refused, before one is changed.
  const found: [Family, Found][] = []
  for (const { family, tables } of await openFamilies(session, interception, access)) {
    const table = await tableForRules(tables)
    if (table.warning) session.say(`warning: ${table.warning}`)
    refuseForeign(session, table.live, forFamily(wanted, family), interception)
    found.push([family, table])
  }
  let changed: Found | undefined
  for (const [family, { nat, live }] of found)
    try {
      const outcome = await convergeTable(session, nat, forFamily(wanted, family), access, {
        // Changing the other family takes time, in which this one may have changed.
        ...(!changed && { first: live }),
        ...(keep && { changes: (before: Ruleset) => keep(nat, before) }),
      })
      const where = isDual ? `${family}: ` : ''
      if (outcome.done === 'unchanged') session.say(`${where}already in force: nothing was changed`)
      else {
        changed = { nat, live: outcome.before }
        printChange(session, `${where}${outcome.done}`, outcome)
      }
    } catch (error) {
      if (changed) await undo(session, changed, access)
      throw error
    }
  const warning = changed && (await otherFamily(session, interception, access))
  if (warning) session.say(`warning: ${warning} [other-family]`)
  return 0
}

async function undo(session: Session, { nat: { backend }, live }: Found, access: Access): Promise<void> {
  const again = { ...access, deadline: Date.now() + UNDO_TIME }
  try {
    const { main, other } = await openTables(again, backend.family, session.context.run)
    const nat = other?.backend.name === backend.name ? other : main
    await convergeTable(session, nat, previousSet(live), again)
    session.say(`${backend.family}: brought back to what it was, since the other family failed`)
    for (const chain of chainsBetween(live))
      session.say(`our rules stood between those of others in ${chain}: brought back, they stand behind all`)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    session.say(`${backend.family}: could not be brought back to what it was: ${error.message}`)
  }
}

/** Warns of what the live table shows, and with `--strict` refuses it. */
function refuseForeign(session: Session, live: Ruleset, wanted: Wanted, interception: Interception): void {
  const report = new Report()
  reportForeignRules(live, interception, report)
  reportShadows(live, wanted, report)
  escalate(session, report)
  if (!session.printDiagnostics(report)) throw new UserError('nothing was changed')
}

/** The kernel would refuse an owner id that our user namespace does not map, without saying which (facts 18). */
function refuseUnmapped(interception: Interception): void {
  const maps = { uid: readOrNothing('/proc/self/uid_map'), gid: readOrNothing('/proc/self/gid_map') }
  const { state, text, remedy } = checkIds(interception, maps)
  if (state === 'fault') throw new UserError(`${text}; nothing was changed: ${remedy}`)
}
