import type { Usage } from 'clipanion'
import { Report } from '../interception/report'
import { type Access, openTables, tableForRules } from '../netfilter/tables'
import { renderDocument, renderDocumented, renderRules } from '../render/render'
import { parseRules } from '../ruleset/parse'
import type { Wanted } from '../ruleset/ruleset'
import { declaration } from '../ruleset/transaction'
import { LiveCommand } from './live-command'

export class IptablesCommand extends LiveCommand {
  static override paths = [['iptables']]

  static override usage: Usage = {
    category: '1. Rules',
    description: 'Send TCP traffic through the proxy.',
    details: `
      Renders the rules for the given ports into one iptables-restore document and brings them into force in one step,
      whatever earlier set of ours is there: the old or the new set holds at every instant, and rules of others stay.
      When they are in force already, nothing is changed.

      With \`--dry-run\` or \`--output\` nothing is read or changed: the document is printed or written instead.

      An option that takes a list may be repeated. A flag beats its environment variable.

      Exit status: 0 in force, 1 not done and nothing half done, 128+n ended by signal n.
    `,
    examples: [
      ['See the rules first', '$0 iptables --apisix-user 501:20 --inbound-ports 80,443 --dry-run'],
      ['Intercept what comes in to ports 80 and 443', '$0 iptables --apisix-user alex --inbound-ports 80,443'],
      [
        'Intercept everything but DNS over TCP',
        "$0 iptables --inbound-ports '*' --outbound-ports '*' --outbound-exclude-ports 53",
      ],
    ],
  }

  async execute(): Promise<number> {
    const report = new Report()
    const interception = await this.readInterception(report)
    const sink = this.readSink(report)
    const access = this.readAccess(report)
    if (!this.saysFine(report)) return 1

    const lines = renderRules(interception)
    const wanted = parseRules(lines)
    if (sink.kind === 'live') return this.apply(wanted, access)
    if (sink.format === 'documented') this.deliver(renderDocumented(lines), sink)
    else if (sink.from === undefined) this.deliver(renderDocument(declaration(wanted)), sink)
    else this.deliverChange(await this.readSaved(sink.from), wanted, sink)
    return 0
  }

  private async apply(wanted: Wanted, access: Access): Promise<number> {
    const { nat, warning } = await tableForRules(await openTables(access, this.context.run))
    if (warning) this.say(`warning: ${warning}`)
    const done = await this.converge(nat, wanted, access)
    this.say(
      done === 'unchanged'
        ? 'already in force: nothing was changed'
        : `${done}; established connections keep their way`,
    )
    return 0
  }
}
