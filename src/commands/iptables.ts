import type { Usage } from 'clipanion'
import type { Report } from '../interception/diagnostics'
import { readDuration } from '../interception/durations'
import { oneFamily, requireOneFamily } from '../interception/families'
import { FORMAT_NAMES, IMAGE, INSTALL_PATH, renderFormat } from '../render/formats'
import { wantedRules } from '../render/render'
import { forFamily } from '../ruleset/ruleset'
import { ApplyCommand } from './apply-command'
import { readFor } from './needed'
import type { Output } from './output-command'

export class IptablesCommand extends ApplyCommand {
  static override paths = [['iptables']]

  static override usage: Usage = {
    details: `
      Renders the rules for the given ports into one iptables-restore document and brings them into force in one step,
      whatever earlier set of ours is there: the old or the new set holds at every instant, and rules of others stay.
      When they are in force already, nothing is changed.

      With \`--dry-run\`, \`--output\`, \`--template\` or a \`--format\` other than \`restore\` nothing is read or changed: the
      result is printed or written instead.

      An option that takes a list may be repeated. A flag beats its environment variable.

      With \`--confirm-within\` it returns at once as well, and what stood before is brought back when the time is up unless
      \`confirm\` comes first, even if this program is killed or its terminal drops.

      Exit status: 0 in force, 1 not done and nothing half done, 128+n ended by signal n.
    `,
    examples: [
      ['See the rules first', '$0 iptables --apisix-user 501:20 --inbound-ports 80,443 --dry-run'],
      ['Intercept what comes in to ports 80 and 443', '$0 iptables --apisix-user alex --inbound-ports 80,443'],
      [
        'Intercept everything but DNS over TCP',
        "$0 iptables --apisix-user alex --inbound-ports '*' --outbound-ports '*' --outbound-exclude-ports 53",
      ],
    ],
  }

  async execute(): Promise<number> {
    const report = this.startReport()
    const interception = await this.readInterception(report)
    const output = this.readOutput(FORMAT_NAMES, report)
    requireOneFamily(this.option('from'), interception, report)
    const image = readFor(output, 'init-container', this.option('image'), IMAGE, report)
    const installPath = readFor(output, 'systemd', this.option('installPath'), INSTALL_PATH, report)
    const access = this.readAccess(report)
    const script = this.readScript(output, access, report)
    const within = this.readConfirmWithin(output, report)
    if (output.to === 'live' && report.faults.length === 0) await this.reportMachine(interception, access, report)
    this.takeStrictly(report)
    if (!this.printDiagnostics(report)) return 1

    if (output.to === 'live') return this.withWayBack(access, within, (keep) => this.apply(interception, access, keep))
    if (output.from !== undefined) {
      const { saved, family } = await this.readSaved(output.from, oneFamily(interception))
      this.deliverChange(saved, family, forFamily(wantedRules(interception), family), output, interception)
    } else if (output.template !== undefined)
      this.deliver(await this.renderTemplate(output.template, interception), output)
    else
      this.deliver(renderFormat(output.format, { interception, image, installPath, ...script }), output, interception)
    return 0
  }

  /** The environment may hold it also when nothing is changed. */
  private readConfirmWithin({ to }: Output, report: Report): number | undefined {
    const given = this.option('confirmWithin')
    const [value] = given.values
    if (value === undefined) return undefined
    if (to !== 'live' && given.name.startsWith('--'))
      report.fault(given.name, value, 'is about the live rules, which this command line does not change')
    return readDuration(given, 0, report)
  }
}
