import { readlinkSync } from 'node:fs'
import type { Usage } from 'clipanion'
import { Diagnostics } from '../diagnostics/diagnostics'
import { paintFor } from '../format/paint'
import type { Interception } from '../interception/interception'
import { namespaceAt } from '../netfilter/namespace'
import type { Access } from '../netfilter/tables'
import { lookAtLock } from '../precheck/lock'
import { precheck } from '../precheck/precheck'
import { isFine, printChecks, printJson } from '../precheck/print'
import { checksOfWarnings } from '../precheck/user'
import { wantedRules } from '../render/render'
import { forFamily } from '../ruleset/ruleset'
import { find } from '../system/find'
import { readOrNothing } from '../system/read'
import { type Run, until } from '../system/run'
import { otherFamily, readAccess, reportMachine, reportNode, sayVerbosely } from './access'
import { BaseCommand } from './base-command'
import { reportLiveRules } from './machine-warnings'
import { accountsFor, escalate, readModel } from './model'
import type { Session } from './session'

export class PrecheckCommand extends BaseCommand {
  static override paths = [['precheck']]

  static override usage: Usage = {
    details: `
      Takes the options of \`iptables\` and checks everything that may keep the rules from being applied on this machine, or
      from working: tools, capabilities, kernel features, IPv6, the live tables, the lock, the proxy's user, and where the
      proxy listens. It prints one line for each check, with what to do about it.

      It changes nothing. Kernel features are tried in a temporary network namespace.

      Exit status: 0 no fault, 1 at least one fault, 128+n ended by signal n.
    `,
    examples: [
      ['Before a set-up', '$0 precheck --apisix-user alex --inbound-ports 80,443'],
      ['In the network namespace of a container', '$0 precheck --pid 4711 --inbound-ports 80'],
      ['For a program', '$0 precheck --inbound-ports 80 --json'],
    ],
  }

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    const interception = await readModel(session, diagnostics)
    const access = readAccess(session, diagnostics)
    // Warnings are lines of the diagnostics: only a faulty --strict or --allow is refused here.
    const warnings = diagnostics.warnings.splice(0)
    escalate(session, diagnostics)
    if (!session.printDiagnostics(diagnostics)) return 1

    diagnostics.warnings.push(...warnings)
    const checks = await checkMachine(session, interception, access, diagnostics)
    session.context.stdout.write(
      session.options.json.value ? printJson(checks) : printChecks(checks, paintFor(session.context)),
    )
    return isFine(checks) ? 0 : 1
  }
}

function checkMachine(session: Session, interception: Interception, access: Access, diagnostics: Diagnostics) {
  const run = timedRun(session, access)
  const wanted = wantedRules(interception)
  return precheck({
    interception,
    access,
    accounts: accountsFor(session),
    run,
    nsenter: find('nsenter', access.path),
    open: () => namespaceAt(access.netns, run),
    read: readOrNothing,
    lock: () => lookAtLock(run, readOrNothing('/proc/locks')),
    link: linkOrNothing,
    warnings: async (namespace, found) => {
      if (namespace) await reportMachine(session, interception, access, diagnostics)
      if (namespace) await reportNode(session, found, access, diagnostics)
      // Once is enough for both families.
      const others = found.map(({ live, nat }) => {
        const others = new Diagnostics()
        reportLiveRules(live, forFamily(wanted, nat.backend.family), nat.backend.family, interception, others)
        return others.warnings
      })
      const warning = namespace && (await otherFamily(session, interception, access))
      if (warning) diagnostics.warn('other-family', warning.problem, warning.remedy)
      diagnostics.warnings.push(...(others.find(({ length }) => length > 0) ?? []))
      escalate(session, diagnostics)
      return checksOfWarnings(diagnostics.warnings, diagnostics.errors)
    },
  })
}

/** Starts programs within the time that all of it may take. */
function timedRun(session: Session, { deadline }: Access): Run {
  return until(deadline, (program, args, options = {}) => {
    sayVerbosely(session, `runs ${[program, ...args].join(' ')}${options.input ? `\n${options.input}` : ''}`)
    return session.context.run(program, args, options)
  })
}

function linkOrNothing(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch {
    return undefined
  }
}
