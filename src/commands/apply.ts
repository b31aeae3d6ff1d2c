import { Diagnostics } from '../diagnostics/diagnostics'
import { NOTHING_CHANGED, UserError } from '../diagnostics/user-error'
import type { Interception } from '../interception/interception'
import { type Access, type Found, openTables } from '../netfilter/tables'
import { checkIds } from '../precheck/ids'
import { wantedRules } from '../render/render'
import type { RecordSnapshot } from '../rollback/with-guard'
import type { Family } from '../ruleset/families'
import { chainsBetween, previousSet } from '../ruleset/previous'
import { forFamily, type Ruleset, type Wanted } from '../ruleset/ruleset'
import { readOrNothing } from '../system/read'
import { findTables, otherFamily, reportNode } from './access'
import { convergeTable, printChange, sizeOf } from './change'
import { reportLiveRules } from './machine-warnings'
import { escalate } from './model'
import type { Session } from './session'

/** An undo has time of its own: the deadline may be why it is needed. */
const UNDO_TIME = 10_000

/** IPv6 first; when the second family fails the first is rolled back. */
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
  const tables = await findTables(session, interception, access)
  for (const { found } of tables) printChoice(session, found)
  await refuseLive(session, tables, interception, wanted, access)
  let changed: Found | undefined
  for (const {
    family,
    found: { nat, live },
  } of tables)
    try {
      const rules = forFamily(wanted, family)
      const outcome = await convergeTable(session, nat, rules, access, {
        // Changing the other family takes time, in which this one may have changed.
        ...(!changed && { first: live }),
        ...(keep && { changes: (before: Ruleset) => keep(nat, before) }),
      })
      const where = isDual ? `${family}: ` : ''
      if (outcome.done === 'unchanged') session.say(`${where}already active. Nothing was changed.`)
      else {
        changed = { nat, live: outcome.before }
        printChange(
          session,
          `${where}applied: ${sizeOf(rules.chains.length, rules.rules.length, nat.backend.name)}`,
          outcome,
        )
      }
    } catch (error) {
      if (changed) await undo(session, changed, access)
      throw error
    }
  const warning = changed && (await otherFamily(session, interception, access))
  if (warning) session.print(warning)
  return 0
}

async function undo(session: Session, { nat: { backend }, live }: Found, access: Access): Promise<void> {
  const again = { ...access, deadline: Date.now() + UNDO_TIME }
  try {
    const { main, other } = await openTables(again, backend.family, session.context.run)
    const nat = other?.backend.name === backend.name ? other : main
    await convergeTable(session, nat, previousSet(live), again)
    session.say(`${backend.family}: rolled back, because the other family failed.`)
    for (const chain of chainsBetween(live))
      session.note(
        `the managed rules in ${chain} stood between foreign rules. Rolled back, they are behind all of them.`,
      )
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    session.print({
      severity: 'error',
      problem: `${backend.family}: could not be rolled back: ${error.message}`,
    })
  }
}

/** Says which backend is used where PATH names another one, and what the other one has. Refuses managed rules in both. */
function printChoice(session: Session, { nat: { backend }, because, isInBoth, warning }: Found): void {
  if (isInBoth) {
    const other = backend.name === 'nft' ? 'legacy' : 'nft'
    throw new UserError(`${backend.name} and ${other} both have managed rules`, {
      remedy: `Remove those of one with \`apisix-mesh-agent cleanup-iptables --backend ${other}\`, or use --backend ${backend.name} to leave them`,
      state: NOTHING_CHANGED,
    })
  }
  if (because !== undefined) session.note(`using ${backend.name}, because ${because}.`)
  if (warning) session.print({ severity: 'warning', ...warning })
}

/** Warns of what the live tables show, and with `--strict` refuses it. */
async function refuseLive(
  session: Session,
  tables: { family: Family; found: Found }[],
  interception: Interception,
  wanted: Wanted,
  access: Access,
): Promise<void> {
  const diagnostics = new Diagnostics()
  for (const { family, found } of tables)
    reportLiveRules(found.live, forFamily(wanted, family), family, interception, diagnostics)
  await reportNode(
    session,
    tables.map(({ found }) => found),
    access,
    diagnostics,
  )
  escalate(session, diagnostics)
  if (!session.printDiagnostics(diagnostics)) throw new UserError('nothing was changed')
}

/** The kernel would refuse an owner id that our user namespace does not map, without saying which (facts 18). */
function refuseUnmapped(interception: Interception): void {
  const maps = { uid: readOrNothing('/proc/self/uid_map'), gid: readOrNothing('/proc/self/gid_map') }
  const { state, text, remedy } = checkIds(interception, maps)
  if (state === 'fault') throw new UserError(text, { ...(remedy && { remedy }), state: NOTHING_CHANGED })
}
