import type { Usage } from 'clipanion'
import type { Report } from '../interception/diagnostics'
import type { Family } from '../interception/families'
import type { Interception } from '../interception/interception'
import { ipv6Leftovers, ipv6Tables } from '../netfilter/ipv6'
import { type Nat, readTable } from '../netfilter/nat'
import { showsOurs } from '../netfilter/native'
import { type Access, openTables, type Tables } from '../netfilter/tables'
import { CLEANUP_FORMATS, renderCleanup } from '../render/formats'
import type { RecordSnapshot } from '../rollback/with-guard'
import type { Ruleset } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'
import { UserError } from '../system/user-error'
import { ChangeCommand } from './change-command'
import type { Output } from './output-command'

export class CleanupIptablesCommand extends ChangeCommand {
  static override paths = [['cleanup-iptables']]

  static override usage: Usage = {
    details: `
      Reads the live rules, finds ours and removes exactly these, from both backends, each in one step; rules of others
      stay as they are.

      With \`--dry-run\` or \`--output\` nothing is read: the document undoes what \`iptables\` with the same options sets up. Only
      then do the options count that say what is intercepted.

      Exit status: 0 removed, or nothing was there; 1 not done and nothing half done; 128+n ended by signal n.
    `,
    examples: [
      ['Take our rules out', '$0 cleanup-iptables'],
      ['See what would be removed from a saved table', '$0 cleanup-iptables --from saved.txt'],
      ['See the inverse of a set-up', '$0 cleanup-iptables --apisix-user 501:20 --inbound-ports 80,443 --dry-run'],
    ],
  }

  async execute(): Promise<number> {
    const report = this.startReport()
    const output = this.readOutput(CLEANUP_FORMATS, report)
    const observes = output.to === 'live' || output.from !== undefined
    const interception = observes ? this.refuseSetup(report) : await this.readInverted(output, report)
    const access = this.readAccess(report)
    const family = this.namedFamily()
    const script = this.readScript(output, access, report)
    if (output.to === 'live') this.reportPath(access, report)
    this.takeStrictly(report)
    if (!this.printDiagnostics(report)) return 1

    if (output.to === 'live') return this.withWayBack(access, undefined, (keep) => this.clean(access, family, keep))
    if (output.from !== undefined) {
      const { saved, family: found } = await this.readSaved(output.from, family)
      this.deliverChange(saved, found, NOTHING, output)
    } else if (output.template !== undefined && interception)
      this.deliver(await this.renderTemplate(output.template, interception), output)
    else if (interception) this.deliver(renderCleanup(output.format, { interception, ...script }), output, interception)
    if (output.format === 'documented')
      this.say('warning: running this listing deletes the OUTPUT rules of others, and two of its commands fail')
    return 0
  }

  /** What a set-up with the same options would intercept. That may well be another one than what is live. */
  private async readInverted({ format }: Output, report: Report): Promise<Interception> {
    const interception = await this.readInterception(report)
    const doubts = report.warnings.splice(0).filter(({ name }) => name !== 'nothing-intercepted')
    report.warnings.push(...doubts)
    if (format === 'restore' && !interception.inbound && !interception.outbound)
      report.warn(
        'nothing-intercepted',
        'this undoes a set-up without ports: give the options of yours, or pipe `iptables-save -t nat` into --from -',
      )
    return interception
  }

  /** What is found is removed: of both families and backends, unless an option names one. */
  private async clean(access: Access, family: Family | undefined, keep?: RecordSnapshot): Promise<number> {
    const all = await this.openAll(access, family)
    const nats = all.flatMap(({ main, other }) => (other ? [other, main] : [main]))
    // All are read before one is changed, the one that was chosen first: without it nothing can be told.
    const first = new Map<Nat, Ruleset>()
    for (const nat of nats.toReversed())
      if (nat === nats.at(-1)) first.set(nat, await readTable(nat))
      else await this.readLeftovers(nat, access, first)
    let isClean = true
    for (const nat of nats.filter((each) => first.has(each))) {
      const outcome = await this.converge(nat, NOTHING, access, {
        first: first.get(nat) as Ruleset,
        ...(keep && { changes: (live: Ruleset) => keep(nat, live) }),
      })
      if (outcome.done === 'unchanged') continue
      isClean = false
      this.sayChange(`removed from ${nameOf(nat)}`, outcome)
    }
    if (isClean) this.say('none of our rules are there: nothing was changed')
    return 0
  }

  /** Reads a table that nobody named. One that cannot be read, and holds nothing of ours as far as can be seen, is a note. */
  private async readLeftovers(nat: Nat, access: Access, into: Map<Nat, Ruleset>): Promise<void> {
    try {
      into.set(nat, await readTable(nat))
    } catch (error) {
      if (!(error instanceof UserError) || (await showsOurs(nat.backend, access.path, this.namespace(access))))
        throw error
      this.say(`note: ${nameOf(nat)} was not looked at: ${error.message.replace(/; nothing was changed$/, '')}`)
    }
  }

  private async openAll(access: Access, only: Family | undefined): Promise<Tables[]> {
    const open = (family: Family) => openTables(access, family, this.context.run)
    if (only) return [await open(only)]
    const namespace = this.namespace(access)
    const ipv4 = await open('ipv4')
    const note = (reason: string) => this.say(`note: IPv6 was not looked at: ${reason}`)
    const isAsked = this.option('ipFamily').values[0] === 'dual'
    const ipv6 = await (isAsked
      ? ipv6Tables(() => open('ipv6'), namespace)
      : ipv6Leftovers(() => open('ipv6'), namespace, note))
    return ipv6 ? [ipv6, ipv4] : [ipv4]
  }
}

const nameOf = ({ backend: { name, family } }: Nat) => `${name}${family === 'ipv6' ? ' (IPv6)' : ''}`
