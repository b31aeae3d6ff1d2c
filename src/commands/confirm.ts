import type { Usage } from 'clipanion'
import type { Report } from '../interception/diagnostics'
import { namespaceAt } from '../netfilter/namespace'
import { reach } from '../rollback/connection'
import type { Answer } from '../rollback/messages'
import { socketOf } from '../rollback/socket'
import { reasonOf } from '../system/text'
import { UserError } from '../system/user-error'
import { BaseCommand } from './base-command'
import { readNamespace } from './namespace-options'
import type { Session } from './session'

const NOT_CONFIRMED: Partial<Record<Answer, string>> = {
  busy: 'the change is still being made: confirm it when that command has ended',
  late: 'too late: what stood before is being brought back',
  gone: 'too late: what stood before has been brought back',
}

export class ConfirmCommand extends BaseCommand {
  static override paths = [['confirm']]

  static override usage: Usage = {
    details: `
      Confirms a change that \`iptables --confirm-within\` has made: what is in force stays.

      Exit status: 0 confirmed; 1 nothing waits to be confirmed, or it is too late.
    `,
    examples: [
      ['Make a change that comes undone by itself', '$0 iptables --inbound-ports 80 --confirm-within 60s'],
      ['Keep it, when the machine can still be reached', '$0 confirm'],
    ],
  }

  async run(session: Session, report: Report): Promise<number> {
    const netns = readNamespace(session.option('netns'), session.option('pid'), report)
    if (!session.printDiagnostics(report)) return 1

    namespaceAt(netns, session.context.run)
    const answer = await askGuard(netns)
    const problem = answer
      ? NOT_CONFIRMED[answer]
      : 'nothing waits to be confirmed, or it has been brought back already'
    session.say(problem ?? 'confirmed: what is in force stays')
    return problem === undefined ? 0 : 1
  }
}

async function askGuard(netns: string | undefined): Promise<Answer | undefined> {
  try {
    const guard = await reach(socketOf(netns))
    const answer = await guard?.ask({ ask: 'confirm' })
    guard?.end()
    return answer
  } catch (error) {
    throw new UserError(
      `the guard cannot be reached: ${process.geteuid?.() === 0 ? reasonOf(error) : 'run it as root'}`,
    )
  }
}
