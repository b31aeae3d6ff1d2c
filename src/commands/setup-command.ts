import { flagOf, type Given, written } from '../interception/given'
import type { Interception } from '../interception/interception'
import { OPTIONS, type Options } from '../interception/options'
import type { Accounts } from '../interception/owner'
import { readInterception } from '../interception/read'
import { HAZARDS, type Report } from '../interception/report'
import { flag, single } from '../interception/values'
import { accountsOf } from '../system/accounts'
import { saveMemory } from '../system/memory'
import { MOST_WRITTEN, readText } from '../system/read'
import { AgentCommand } from './context'
import { optionOf, toggle, value } from './options'

const SETUP = [...OPTIONS, 'inboundInterceptionMode', 'root'] as const

/** The options that say what is intercepted. */
export abstract class SetupCommand extends AgentCommand {
  apisixPort = value('--apisix-port PORT', 'the port of the proxy', '9080')
  apisixInboundCapturePort = value(
    '--apisix-inbound-capture-port PORT',
    'the port of the proxy for inbound traffic',
    'that of --apisix-port',
  )
  apisixUser = value(
    '--apisix-user USER',
    "the proxy's user, whose own traffic is left alone: a name, a uid or UID:GID",
    'nobody',
  )
  inboundInterceptionMode = value('--inbound-interception-mode MODE', 'REDIRECT is the only mode', 'REDIRECT')
  inboundPorts = value(
    '--inbound-ports PORTS',
    "ports to intercept, as in 80,8000-8010 or @FILE; '*' for all but 22",
    'none',
  )
  inboundExcludePorts = value('--inbound-exclude-ports PORTS', "with --inbound-ports '*': ports to leave alone", 'none')
  inboundExcludeCidrs = value('--inbound-exclude-cidrs CIDRS', 'sources to leave alone, as in 10.0.0.0/8', 'none')
  noSshExempt = toggle('--no-ssh-exempt', "with --inbound-ports '*': intercept port 22 too")
  outboundPorts = value('--outbound-ports PORTS', "destination ports to intercept; '*' for all", 'none')
  outboundExcludePorts = value(
    '--outbound-exclude-ports PORTS',
    "with --outbound-ports '*': ports to leave alone",
    'none',
  )
  outboundCidrs = value('--outbound-cidrs CIDRS', 'intercept these destinations only, as in 10.0.0.0/8', 'all')
  outboundExcludeCidrs = value('--outbound-exclude-cidrs CIDRS', 'destinations to leave alone', 'none')
  excludeInterfaces = value(
    '--exclude-interfaces NAMES',
    'interfaces to leave alone, both ways, as in docker0,eth+',
    'none',
  )
  outboundExcludeUsers = value('--outbound-exclude-users USERS', 'users to leave alone: names, ids, 1000-2000', 'none')
  outboundExcludeGroups = value(
    '--outbound-exclude-groups GROUPS',
    'groups to leave alone: names, ids, 1000-2000',
    'none',
  )
  outboundExcludePortsForUsers = value(
    '--outbound-exclude-ports-for-users USER:PORTS',
    'ports to leave alone for a user, as in 1000:80,8000-8010',
    'none',
  )
  compact = toggle('--compact', 'join neighbouring ports, and put up to 15 into one rule')
  isolate = toggle(
    '--isolate',
    'put outbound rules into a chain of our own, so that rules of others behind it are reached',
  )
  jumpPosition = value('--jump-position PLACE', 'where our rules go among those of others: first or last', 'last')
  comments = toggle('--comments', 'put a comment on each rule that names the option that made it')
  ipFamily = value('--ip-family FAMILY', 'ipv4, ipv6 or dual', 'ipv4')
  root = value('--root DIR', 'look users up under DIR/etc, for image builds', '/')
  strict = toggle('--strict', 'treat warnings as errors')
  allow = value('--allow NAMES', `with --strict: warnings to accept: ${HAZARDS.join(', ')}`, 'none')

  protected option(property: keyof this & string): Given {
    return optionOf(property, this[property], this.context.env)
  }

  /** What the options want intercepted, as a model. */
  protected readInterception(report: Report): Interception {
    const lookup = { accounts: this.accounts(report), readText: readOption }
    const given = Object.fromEntries(SETUP.map((property) => [property, this.option(property)]))
    saveMemory(Object.values(given).reduce((sum, { values }) => sum + values.join().length, 0))
    return readInterception(given as Options, lookup, report)
  }

  protected accounts(report: Report): Accounts {
    return accountsOf(single(this.option('root'), report) ?? '/', this.context.getent)
  }

  /** With `--strict`, warnings that nobody accepted are faults. */
  protected takeStrictly(report: Report): void {
    report.strict(this.option('allow'), flag(this.option('strict'), report))
  }

  /** The command with the options that say what is intercepted, wherever they came from: how to make a text again. */
  protected commandLine(): string[] {
    const options = SETUP.flatMap((property) =>
      this.option(property).values.flatMap((each) => written(flagOf(property), each)),
    )
    return [...this.path, ...options]
  }

  /** Whether a flag says what is intercepted. The environment, which all commands share, does not count. */
  protected hasSetup(): boolean {
    return SETUP.some((property) => !['ipFamily', 'root'].includes(property) && this[property] !== undefined)
  }

  /** Options that say what is intercepted are faults here; the environment, which all commands share, does not count. */
  protected refuseSetup(report: Report): void {
    for (const property of SETUP.filter((each) => each !== 'ipFamily'))
      if (this[property] !== undefined)
        report.fault(
          flagOf(property),
          [this[property]].flat().join(' '),
          'does not belong here: leave it out, what is found is removed',
        )
  }
}

function readOption(path: string): string {
  const text = readText(path, MOST_WRITTEN)
  saveMemory(text.length)
  return text
}
