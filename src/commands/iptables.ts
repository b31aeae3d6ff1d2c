import type { Usage } from 'clipanion'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { IMAGE, INSTALL_PATH, INSTALLED, renderFormat } from '../render/formats'
import { wantedRules } from '../render/render'
import { oneFamily } from '../ruleset/families'
import { forFamily } from '../ruleset/ruleset'
import { readAccess, readSaved, reportMachine, requireOneFamily } from './access'
import { apply } from './apply'
import { BaseCommand } from './base-command'
import { deliverChange, withRollback } from './change'
import { escalate, readModel } from './model'
import { deliver, type Output, readFor, readOutput, readScript, renderTemplate } from './output'
import type { Session } from './session'

export class IptablesCommand extends BaseCommand {
  static override paths = [['iptables']]

  static override usage: Usage = {
    details: `
      Renders the rules for the given ports into one iptables-restore document and applies it in one step, whatever managed
      rules are there: the old or the new rules are active at every instant, and foreign rules stay. When the rules are active
      already, nothing is changed.

      With \`--dry-run\`, \`--output\`, \`--template\` or a \`--format\` other than \`restore\` it reads and changes
      nothing: it prints or writes the result instead.

      An option that takes a list may be repeated.

      With \`--confirm-within\` it returns at once as well, and the previous rules are restored when the time is up unless
      \`confirm\` comes first, even if this program is killed or its terminal drops.

      Exit status: 0 active, 1 failed and nothing is half done, 128+n ended by signal n.
    `,
    examples: [
      ['See the rules first', '$0 iptables --apisix-user 501:20 --inbound-ports 80,443 --dry-run'],
      ['Redirect incoming connections to ports 80 and 443', '$0 iptables --apisix-user alex --inbound-ports 80,443'],
      [
        'Redirect everything but DNS over TCP',
        "$0 iptables --apisix-user alex --inbound-ports '*' --outbound-ports '*' --outbound-exclude-ports 53",
      ],
    ],
  }

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    const interception = await readModel(session, diagnostics)
    const output = readOutput(session, diagnostics)
    requireOneFamily(session.options.from, interception, diagnostics)
    const image = readFor(output, ['init-container'], session.options.image, IMAGE, diagnostics)
    const installPath = readFor(output, INSTALLED, session.options.installPath, INSTALL_PATH, diagnostics)
    const access = readAccess(session, diagnostics)
    const script = readScript(session, output, access, interception, diagnostics)
    const within = readConfirmWithin(session, output, diagnostics)
    if (output.to === 'live' && diagnostics.errors.length === 0)
      await reportMachine(session, interception, access, diagnostics)
    escalate(session, diagnostics)
    if (!session.printDiagnostics(diagnostics)) return 1

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
function readConfirmWithin(session: Session, { to }: Output, diagnostics: Diagnostics): number | undefined {
  const { name, value } = session.options.confirmWithin
  if (value !== undefined && to !== 'live' && name.startsWith('--'))
    diagnostics.error(name, `${value}s`, 'is about the live rules, which this command line does not change')
  return value
}
