import type { Usage } from 'clipanion'
import { Report } from '../interception/report'
import { type Access, openTables } from '../netfilter/tables'
import { renderDocument, renderDocumentedCleanup, renderRules } from '../render/render'
import { parseRules } from '../ruleset/parse'
import { inverse, NOTHING } from '../ruleset/transaction'
import { LiveCommand } from './live-command'

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

  async execute(): Promise<number> {
    const report = new Report()
    const sink = this.readSink(report)
    const observes = sink.kind === 'live' || sink.from !== undefined
    const interception = observes ? this.refuseSetup(report) : await this.readInterception(report)
    const access = this.readAccess(report)
    if (!this.saysFine(report)) return 1

    if (sink.kind === 'live') return this.clean(access)
    if (sink.from !== undefined) this.deliverChange(await this.readSaved(sink.from), NOTHING, sink)
    else if (sink.format === 'documented') {
      this.deliver(renderDocumentedCleanup(), sink)
      this.say('warning: running this listing deletes the OUTPUT rules of others, and two of its commands fail')
    } else if (interception) this.deliver(renderDocument(inverse(parseRules(renderRules(interception)))), sink)
    return 0
  }

  private async clean(access: Access): Promise<number> {
    const { main, other } = await openTables(access, this.context.run)
    // The other first: when it cannot be read, nothing has been changed.
    const done: string[] = []
    for (const nat of other ? [other, main] : [main]) {
      if ((await this.converge(nat, NOTHING, access)) === 'removed') done.push(nat.backend.name)
    }
    if (done.length === 0) this.say('none of our rules are there: nothing was changed')
    else this.say(`removed from ${done.join(' and ')}; established connections keep their way`)
    return 0
  }
}
