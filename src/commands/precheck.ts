import { readlinkSync } from 'node:fs'
import type { Usage } from 'clipanion'
import { paintFor } from '../format/paint'
import { Report } from '../interception/diagnostics'
import type { Interception } from '../interception/interception'
import { flag } from '../interception/values'
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
import { otherFamily, readAccess, reportMachine, sayVerbosely } from './access'
import { BaseCommand } from './base-command'
import { reportForeignRules, reportShadows } from './machine-warnings'
import { accountsFor, escalate, readModel } from './model'
import type { Session } from './session'

export class PrecheckCommand extends BaseCommand {
  static override paths = [['precheck']]

  static override usage: Usage = {
    details: `
      Checks, for the same options as those of \`iptables\`, everything that may keep the rules from coming into force
      here or from working: tools, capabilities, what the kernel can do, IPv6, the live tables, the lock, the proxy's
      user, and where the proxy listens. All is reported at once, a line each, with what to do about it.

      Nothing is changed: what the kernel can do is tried in a network namespace that is gone afterwards.

      Exit status: 0 no fault, 1 at least one, 128+n ended by signal n.
    `,
    examples: [
      ['Before a set-up', '$0 precheck --apisix-user alex --inbound-ports 80,443'],
      ['In the network namespace of a container', '$0 precheck --pid 4711 --inbound-ports 80'],
      ['For a program', '$0 precheck --inbound-ports 80 --json'],
    ],
  }

  async run(session: Session, report: Report): Promise<number> {
    const interception = await readModel(session, report)
    const access = readAccess(session, report)
    const isJson = flag(session.option('json'), report)
    // Warnings are lines of the report: only a faulty --strict or --allow is refused here.
    const warnings = report.warnings.splice(0)
    escalate(session, report)
    if (!session.printDiagnostics(report)) return 1

    report.warnings.push(...warnings)
    const checks = await checkMachine(session, interception, access, report)
    session.context.stdout.write(isJson ? printJson(checks) : printChecks(checks, paintFor(session.context)))
    return isFine(checks) ? 0 : 1
  }
}

function checkMachine(session: Session, interception: Interception, access: Access, report: Report) {
  const run = timedRun(session, access)
  const wanted = wantedRules(interception)
  return precheck({
    interception,
    access,
    accounts: accountsFor(session, report),
    run,
    nsenter: find('nsenter', access.path),
    open: () => namespaceAt(access.netns, run),
    read: readOrNothing,
    lock: () => lookAtLock(run, readOrNothing('/proc/locks')),
    link: linkOrNothing,
    warnings: async (namespace, live) => {
      if (namespace) await reportMachine(session, interception, access, report)
      // Once is enough for both families.
      const others = live.map((each) => {
        const found = new Report()
        reportForeignRules(each.live, interception, found)
        reportShadows(each.live, forFamily(wanted, each.family), found)
        return found.warnings
      })
      const warning = namespace && (await otherFamily(session, interception, access))
      if (warning) report.warn('other-family', warning)
      report.warnings.push(...(others.find(({ length }) => length > 0) ?? []))
      escalate(session, report)
      return checksOfWarnings(report.warnings, report.faults)
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
