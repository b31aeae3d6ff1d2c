import type { Usage } from 'clipanion'
import { Report } from '../interception/report'
import { type Access, openTables } from '../netfilter/tables'
import { type Format, renderCleanup } from '../render/formats'
import { NOTHING } from '../ruleset/transaction'
import { LiveCommand } from './live-command'
import { formatOption } from './output-command'

const FORMATS: Format[] = ['restore', 'documented', 'script']

export class CleanupIptablesCommand extends LiveCommand {
  static override paths = [['cleanup-iptables']]

  static override usage: Usage = {
    category: '1. Rules',
    description: 'Take the rules out again.',
    details: `
      Reads the live rules, finds ours and removes exactly these, from both backends, each in one step; rules of others
      stay as they are. It takes no option that says what is intercepted.

      With \`--dry-run\` or \`--output\` nothing is read: the document undoes what \`iptables\` with the same options sets up.

      Exit status: 0 removed, or nothing was there; 1 not done and nothing half done; 128+n ended by signal n.
    `,
    examples: [
      ['Take our rules out', '$0 cleanup-iptables'],
      ['See what would be removed from a saved table', '$0 cleanup-iptables --from saved.txt'],
      ['See the inverse of a set-up', '$0 cleanup-iptables --apisix-user 501:20 --inbound-ports 80,443 --dry-run'],
    ],
  }

  format = formatOption(FORMATS)

  async execute(): Promise<number> {
    const report = new Report()
    const output = this.readOutput(FORMATS, report)
    const observes = output.to === 'live' || output.from !== undefined
    const interception = observes ? this.refuseSetup(report) : await this.readInterception(report)
    const access = this.readAccess(report)
    if (!this.saysFine(report)) return 1

    if (output.to === 'live') return this.clean(access)
    if (output.from !== undefined) this.deliverChange(await this.readSaved(output.from), NOTHING, output)
    else if (output.template !== undefined && interception)
      this.deliver(await this.renderTemplate(output.template, interception), output)
    else if (interception) this.deliver(renderCleanup(output.format, interception, this.commandLine()), output)
    if (output.format === 'documented')
      this.say('warning: running this listing deletes the OUTPUT rules of others, and two of its commands fail')
    return 0
  }

  private async clean(access: Access): Promise<number> {
    const { main, other } = await openTables(access, this.context.run)
    let isClean = true
    // Both are read before one is changed.
    if (other) await main.read()
    for (const nat of other ? [other, main] : [main]) {
      const outcome = await this.converge(nat, NOTHING, access)
      if (outcome.done === 'unchanged') continue
      isClean = false
      this.sayChange(`removed from ${nat.backend.name}`, outcome)
    }
    if (isClean) this.say('none of our rules are there: nothing was changed')
    return 0
  }
}
