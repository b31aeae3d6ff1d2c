import type { Usage } from 'clipanion'
import type { Report } from '../interception/diagnostics'
import { readDuration } from '../interception/durations'
import { oneFamily, requireOneFamily } from '../interception/families'
import { FORMAT_NAMES, IMAGE, INSTALL_PATH, renderFormat } from '../render/formats'
import { wantedRules } from '../render/render'
import { forFamily } from '../ruleset/ruleset'
import { readAccess, readSaved, reportMachine } from './access'
import { apply } from './apply'
import { BaseCommand } from './base-command'
import { deliverChange, withRollback } from './change'
import { escalate, readModel } from './model'
import { readFor } from './needed'
import type { Output } from './output'
import { deliver, readOutput, readScript, renderTemplate } from './output'
import type { Session } from './session'

export class IptablesCommand extends BaseCommand {
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

  async run(session: Session, report: Report): Promise<number> {
    const interception = await readModel(session, report)
    const output = readOutput(session, FORMAT_NAMES, report)
    requireOneFamily(session.option('from'), interception, report)
    const image = readFor(output, 'init-container', session.option('image'), IMAGE, report)
    const installPath = readFor(output, 'systemd', session.option('installPath'), INSTALL_PATH, report)
    const access = readAccess(session, report)
    const script = readScript(session, output, access, report)
    const within = readConfirmWithin(session, output, report)
    if (output.to === 'live' && report.faults.length === 0) await reportMachine(session, interception, access, report)
    escalate(session, report)
    if (!session.printDiagnostics(report)) return 1

    if (output.to === 'live')
      return withRollback(session, access, within, (keep) => apply(session, interception, access, keep))
    if (output.from !== undefined) {
      const { saved, family } = await readSaved(session, output.from, oneFamily(interception))
      deliverChange(session, saved, family, forFamily(wantedRules(interception), family), output, interception)
    } else if (output.template !== undefined)
      deliver(session, await renderTemplate(output.template, interception), output)
    else
      deliver(
        session,
        renderFormat(output.format, { interception, image, installPath, ...script }),
        output,
        interception,
      )
    return 0
  }
}

/** The environment may hold it also when nothing is changed. */
function readConfirmWithin(session: Session, { to }: Output, report: Report): number | undefined {
  const given = session.option('confirmWithin')
  const [value] = given.values
  if (value === undefined) return undefined
  if (to !== 'live' && given.name.startsWith('--'))
    report.fault(given.name, value, 'is about the live rules, which this command line does not change')
  return readDuration(given, 0, report)
}
