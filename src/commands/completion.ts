import { Option, type Usage } from 'clipanion'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import { completion, SHELLS } from '../reference/shell-completion'
import { oneOf, quote } from '../system/text'
import { BaseCommand } from './base-command'
import type { Session } from './session'

export class CompletionCommand extends BaseCommand {
  static override paths = [['completion']]

  static override usage: Usage = {
    details: `
      Prints a script that completes commands, options and their words in a shell: bash, zsh or fish.

      Exit status: 0 printed, 1 wrong options.
    `,
    examples: [
      ['For bash', '$0 completion bash > /etc/bash_completion.d/apisix-mesh-agent'],
      ['For zsh', '$0 completion zsh > /usr/local/share/zsh/site-functions/_apisix-mesh-agent'],
      ['For fish', '$0 completion fish > ~/.config/fish/completions/apisix-mesh-agent.fish'],
    ],
  }

  shells = Option.Rest()

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    if (!session.printDiagnostics(diagnostics)) return 1
    const [given = ''] = this.shells
    const shell = SHELLS.find((each) => each === given)
    if (!shell || this.shells.length > 1)
      throw new UserError(given === '' ? 'no shell is given' : `${quote(this.shells.join(' '))} is not a shell`, {
        remedy: `Use ${oneOf(SHELLS)}`,
      })
    session.context.stdout.write(completion(shell))
    return 0
  }
}
