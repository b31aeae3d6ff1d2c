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
import { ChangeCommand } from './change-command'
import { reportForeignRules, reportShadows } from './machine-warnings'

/** An undo has time of its own: the deadline may be why it is needed. */
const UNDO_TIME = 10_000

/** Brings an interception into force, in one family or both. */
export abstract class ApplyCommand extends ChangeCommand {
  /** IPv6 first; when the second family fails the first is brought back. */
  protected async apply(interception: Interception, access: Access, keep?: RecordSnapshot): Promise<number> {
    refuseUnmapped(interception)
    const wanted = wantedRules(interception)
    const isDual = interception.ipv4 && interception.ipv6
    // All are read, and may be refused, before one is changed.
    const found: [Family, Found][] = []
    for (const { family, tables } of await this.openFamilies(interception, access)) {
      const table = await tableForRules(tables)
      if (table.warning) this.say(`warning: ${table.warning}`)
      this.checkOthers(table.live, forFamily(wanted, family), interception)
      found.push([family, table])
    }
    let changed: Found | undefined
    for (const [family, { nat, live }] of found)
      try {
        const outcome = await this.converge(nat, forFamily(wanted, family), access, {
          // Changing the other family takes time, in which this one may have changed.
          ...(!changed && { first: live }),
          ...(keep && { changes: (before: Ruleset) => keep(nat, before) }),
        })
        const where = isDual ? `${family}: ` : ''
        if (outcome.done === 'unchanged') this.say(`${where}already in force: nothing was changed`)
        else {
          changed = { nat, live: outcome.before }
          this.sayChange(`${where}${outcome.done}`, outcome)
        }
      } catch (error) {
        if (changed) await this.rollBack(changed, access)
        throw error
      }
    const warning = changed && (await this.otherFamily(interception, access))
    if (warning) this.say(`warning: ${warning} [other-family]`)
    return 0
  }

  private async rollBack({ nat: { backend }, live }: Found, access: Access): Promise<void> {
    const again = { ...access, deadline: Date.now() + UNDO_TIME }
    try {
      const { main, other } = await openTables(again, backend.family, this.context.run)
      const nat = other?.backend.name === backend.name ? other : main
      await this.converge(nat, previousSet(live), again)
      this.say(`${backend.family}: brought back to what it was, since the other family failed`)
      for (const chain of chainsBetween(live))
        this.say(`our rules stood between those of others in ${chain}: brought back, they stand behind all`)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      this.say(`${backend.family}: could not be brought back to what it was: ${error.message}`)
    }
  }

  /** Warns of what the live table shows, and with `--strict` refuses it. */
  private checkOthers(live: Ruleset, wanted: Wanted, interception: Interception): void {
    const report = new Report()
    reportForeignRules(live, interception, report)
    reportShadows(live, wanted, report)
    this.takeStrictly(report)
    if (!this.printDiagnostics(report)) throw new UserError('nothing was changed')
  }
}

/** The kernel would refuse an owner id that our user namespace does not map, without saying which (facts 18). */
function refuseUnmapped(interception: Interception): void {
  const maps = { uid: readOrNothing('/proc/self/uid_map'), gid: readOrNothing('/proc/self/gid_map') }
  const { state, text, remedy } = checkIds(interception, maps)
  if (state === 'fault') throw new UserError(`${text}; nothing was changed: ${remedy}`)
}
