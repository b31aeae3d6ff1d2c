import { flagOf, type Given } from '../interception/given'
import type { Interception } from '../interception/interception'
import { readOwner } from '../interception/owner'
import { type Options, PORT_OPTIONS, readInterception } from '../interception/read'
import type { Report } from '../interception/report'
import { single } from '../interception/values'
import { accountsOf } from '../system/accounts'
import { AgentCommand } from './context'
import { optionOf, value } from './options'

const SETUP = [...PORT_OPTIONS, 'inboundInterceptionMode', 'apisixUser', 'root'] as const

/** The options that say what is intercepted. */
export abstract class SetupCommand extends AgentCommand {
  apisixPort = value('--apisix-port', 'the port of the proxy', '9080')
  apisixInboundCapturePort = value(
    '--apisix-inbound-capture-port',
    'the port of the proxy for inbound traffic',
    'that of --apisix-port',
  )
  apisixUser = value(
    '--apisix-user',
    "the proxy's user, whose own traffic is left alone: a name, a uid or UID:GID",
    'nobody',
  )
  inboundPorts = value('--inbound-ports', "ports to intercept, as in 80,443; '*' for all but 22", 'none')
  outboundPorts = value('--outbound-ports', "destination ports to intercept, as in 80,443; '*' for all", 'none')
  inboundExcludePorts = value('--inbound-exclude-ports', "with --inbound-ports '*': ports to leave alone", 'none')
  outboundExcludePorts = value('--outbound-exclude-ports', "with --outbound-ports '*': ports to leave alone", 'none')
  inboundInterceptionMode = value('--inbound-interception-mode', 'REDIRECT is the only mode', 'REDIRECT')
  root = value('--root', 'look users up in DIR/etc/passwd, for image builds', '/')

  protected option(property: keyof this & string): Given {
    return optionOf(property, this[property], this.context.env)
  }

  /** What the options want intercepted, as a model. */
  protected async readInterception(report: Report): Promise<Interception> {
    const root = single(this.option('root'), report) ?? '/'
    const owner = await readOwner(this.option('apisixUser'), accountsOf(root, this.context.run), report)
    const options = Object.fromEntries(SETUP.map((property) => [property, this.option(property)])) as unknown as Options
    return readInterception(options, owner, report)
  }

  /** The command with the options that say what is intercepted, wherever they came from: how to make a text again. */
  protected commandLine(): string[] {
    const options = SETUP.flatMap((property) =>
      this.option(property).values.flatMap((each) => [flagOf(property), each]),
    )
    return [...this.path, ...options]
  }

  /** Options that say what is intercepted are faults here; the environment, which all commands share, does not count. */
  protected refuseSetup(report: Report): void {
    for (const property of SETUP)
      if (this[property])
        report.fault(flagOf(property), this[property].join(' '), 'does not belong here: what is found is removed')
  }
}
