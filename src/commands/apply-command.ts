import type { Interception } from '../interception/interception'
import { Report } from '../interception/report'
import { namespaceAt } from '../netfilter/namespace'
import type { Nat } from '../netfilter/nat'
import { type Access, openTables, tableForRules } from '../netfilter/tables'
import { wantedRules } from '../render/render'
import { ourRules, setOf } from '../ruleset/ours'
import { forFamily, type Ruleset } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'
import { Refusal } from '../system/refusal'
import { ChangeCommand } from './change-command'
import { reportMachineHazards } from './machine-hazards'

/** An undo has time of its own: the deadline may be why it is needed. */
const UNDO_TIME = 10_000

/** Brings an interception into force, in one family or both. */
export abstract class ApplyCommand extends ChangeCommand {
  /** IPv6 first; when the second family fails the first is brought back. */
  protected async apply(interception: Interception, access: Access): Promise<number> {
    const wanted = wantedRules(interception)
    const isDual = interception.ipv4 && interception.ipv6
    let first: { nat: Nat; before: Ruleset } | undefined
    for (const { family, tables } of await this.openFamilies(interception, access))
      try {
        const { nat, first: read, warning } = await tableForRules(tables)
        if (warning) this.say(`warning: ${warning}`)
        const found = (live: Ruleset) => this.checkOthers(live, interception)
        const outcome = await this.converge(nat, forFamily(wanted, family), access, {
          found,
          ...(read && { first: read }),
        })
        first = { nat, before: outcome.before }
        const where = isDual ? `${family}: ` : ''
        if (outcome.done === 'unchanged') this.say(`${where}already in force: nothing was changed`)
        else this.sayChange(`${where}${outcome.done}`, outcome)
      } catch (error) {
        if (first) await this.bringBack(first.nat, first.before, access)
        throw error
      }
    return 0
  }

  /** Warns of what is probably not meant on this machine. */
  protected reportMachine(interception: Interception, access: Access, report: Report): Promise<void> {
    const { env, run } = this.context
    const isUserGiven = this.option('apisixUser').values.length > 0
    const namespace = namespaceAt(access.netns, run)
    return reportMachineHazards(interception, { isUserGiven, accounts: this.accounts(report), env, namespace }, report)
  }

  private async bringBack({ backend }: Nat, before: Ruleset, access: Access): Promise<void> {
    const again = { ...access, deadline: Date.now() + UNDO_TIME }
    try {
      const { main, other } = await openTables(again, backend.family, this.context.run)
      const nat = other?.backend.name === backend.name ? other : main
      await this.converge(nat, setOf(before), again)
      this.say(`${backend.family}: brought back to what it was, since the other family failed`)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.say(`${backend.family}: could not be brought back to what it was: ${error.message}`)
    }
  }

  /** A RETURN of ours in OUTPUT ends the walk there for rules of others behind it (facts 3). */
  private checkOthers(live: Ruleset, { isolate }: Interception): void {
    const theirs = (live.get('OUTPUT')?.length ?? 0) - ourRules(live, NOTHING, 'OUTPUT').size
    if (isolate || theirs === 0) return
    const report = new Report()
    report.warn(
      'isolate-recommended',
      'OUTPUT holds rules of others, which our RETURNs keep some traffic from: --isolate',
    )
    this.takeStrictly(report)
    if (!this.saysFine(report)) throw new Refusal('nothing was changed')
  }
}
