import type { Usage } from 'clipanion'
import { Report } from '../interception/report'
import { readNat, restoreNat } from '../netfilter/nat'
import { findTools } from '../netfilter/tools'
import { renderDocument, renderDocumentedCleanup, renderRules } from '../render/render'
import { lookAlikes } from '../ruleset/ours'
import { parseRules } from '../ruleset/parse'
import type { Ruleset } from '../ruleset/ruleset'
import { inverse, isEmpty, NOTHING, transaction } from '../ruleset/transaction'
import { RulesCommand } from './rules-command'

export class CleanupIptablesCommand extends RulesCommand {
  static override paths = [['cleanup-iptables']]

  static override usage: Usage = {
    category: '1. Rules',
    description: 'Take the rules out again.',
    details: `
      Reads the live rules, finds ours and removes exactly these, whole or not at all; rules of others stay as they are.
      It takes no option that says what is intercepted.

      With \`--dry-run\` or \`--output\` nothing is read: the document undoes what \`iptables\` with the same options sets up.

      Exit status: 0 removed, or nothing was there; 1 not done and nothing changed.
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
    if (!this.saysFine(report)) return 1

    if (sink.kind === 'live') return this.clean()
    if (sink.from !== undefined) this.deliver(this.cleaning(await this.readSaved(sink.from)), sink)
    else if (sink.format === 'documented') {
      this.deliver(renderDocumentedCleanup(), sink)
      this.say('warning: running this listing deletes the OUTPUT rules of others, and two of its commands fail')
    } else if (interception) this.deliver(renderDocument(inverse(parseRules(renderRules(interception)))), sink)
    return 0
  }

  private async clean(): Promise<number> {
    const { env, run } = this.context
    const tools = findTools(env.PATH)
    const document = this.cleaning(await readNat(tools, run))
    if (document) {
      await restoreNat(tools, document, run)
      this.say('removed; established connections keep their way')
    }
    return 0
  }

  /** The document that removes our rules from a table; empty when there are none. Says what is left alone. */
  private cleaning(live: Ruleset): string {
    for (const line of lookAlikes(live)) this.say(`left alone, since it may be somebody else's: ${line}`)
    const change = transaction(live, NOTHING)
    if (!isEmpty(change)) return renderDocument(change)
    this.say('none of our rules are there: nothing to do')
    return ''
  }
}
