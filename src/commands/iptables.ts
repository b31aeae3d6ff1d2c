import type { Usage } from 'clipanion'
import { Report } from '../interception/report'
import { readNat, restoreNat } from '../netfilter/nat'
import { findTools } from '../netfilter/tools'
import { renderDocument, renderDocumented, renderRules } from '../render/render'
import { isOurChain } from '../ruleset/ours'
import { parseRules } from '../ruleset/parse'
import { declaration, transaction } from '../ruleset/transaction'
import { Refusal } from '../system/refusal'
import { RulesCommand } from './rules-command'

export class IptablesCommand extends RulesCommand {
  static override paths = [['iptables']]

  static override usage: Usage = {
    category: '1. Rules',
    description: 'Send TCP traffic through the proxy.',
    details: `
      Renders the rules for the given ports into one iptables-restore document and puts it into force, whole or not at all.
      With \`--dry-run\` or \`--output\` nothing is read or changed: the document is printed or written instead.

      An option that takes a list may be repeated. A flag beats its environment variable.

      Exit status: 0 done, 1 not done and nothing changed.
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
    if (!this.saysFine(report)) return 1

    const lines = renderRules(interception)
    const wanted = parseRules(lines)
    if (sink.kind === 'live') return this.apply(renderDocument(declaration(wanted)))
    if (sink.format === 'documented') this.deliver(renderDocumented(lines), sink)
    else if (sink.from === undefined) this.deliver(renderDocument(declaration(wanted)), sink)
    else this.deliver(renderDocument(transaction(await this.readSaved(sink.from), wanted)), sink)
    return 0
  }

  private async apply(document: string): Promise<number> {
    const { env, run } = this.context
    const tools = findTools(env.PATH)
    const ours = [...(await readNat(tools, run)).keys()].filter(isOurChain)
    if (ours.length > 0)
      throw new Refusal(
        `rules are set up already (${ours.join(', ')}): run cleanup-iptables first; nothing was changed`,
      )
    await restoreNat(tools, document, run)
    this.say('created; established connections keep their way')
    return 0
  }
}
