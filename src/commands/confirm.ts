import type { Usage } from 'clipanion'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import { namespaceAt } from '../netfilter/namespace'
import { reach } from '../rollback/connection'
import type { Answer } from '../rollback/messages'
import { reasonOf } from '../system/text'
import { readNamespace } from './access'
import { BaseCommand } from './base-command'
import type { Session } from './session'

const NOT_CONFIRMED: Partial<Record<Answer, string>> = {
  busy: 'the change is still being made. Confirm it when that command has ended.',
  late: 'too late: the previous rules are being restored.',
  gone: 'too late: the previous rules have been restored.',
}

export class ConfirmCommand extends BaseCommand {
  static override paths = [['confirm']]

  static override usage: Usage = {
    details: `
      Keeps the new rules of \`iptables --confirm-within\`, and cancels the pending rollback.

      Exit status: 0 confirmed, 1 nothing is waiting for confirmation, or it is too late.
    `,
    examples: [
      [
        'Make a change that is rolled back unless it is confirmed',
        '$0 iptables --inbound-ports 80 --confirm-within 60s',
      ],
      ['Keep it, when the machine can still be reached', '$0 confirm'],
    ],
  }

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    const netns = readNamespace(session.options.netns, session.options.pid, diagnostics)
    if (!session.printDiagnostics(diagnostics)) return 1

    namespaceAt(netns, session.context.run)
    const answer = await askGuard(netns)
    const problem = answer
      ? NOT_CONFIRMED[answer]
      : 'nothing is waiting for confirmation, or it was rolled back already.'
    if (problem === undefined) session.say('confirmed: the new rules stay.')
    else session.print({ severity: 'error', problem })
    return problem === undefined ? 0 : 1
  }
}

async function askGuard(netns: string | undefined): Promise<Answer | undefined> {
  try {
    const guard = await reach(netns)
    const answer = await guard?.ask({ ask: 'confirm' })
    guard?.socket.destroy()
    return answer
  } catch (error) {
    throw new UserError(
      'the rollback guard cannot be reached',
      process.geteuid?.() === 0 ? { detail: reasonOf(error) } : { remedy: 'Run it as root' },
    )
  }
}
