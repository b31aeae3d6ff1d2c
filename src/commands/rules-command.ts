import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Given } from '../interception/given'
import type { Interception } from '../interception/interception'
import { readOwner } from '../interception/owner'
import { readInterception } from '../interception/read'
import { quote, type Report } from '../interception/report'
import { choice, flag, single } from '../interception/values'
import { parseSaved } from '../ruleset/parse'
import type { Ruleset } from '../ruleset/ruleset'
import { accountsOf } from '../system/accounts'
import { unwritable, writeWhole } from '../system/file'
import { Refusal } from '../system/refusal'
import { AgentCommand } from './context'
import { flagOf, optionOf, toggle, value } from './options'

const FORMATS = ['restore', 'documented'] as const

/** Where a command's result goes: printed, into a file, or into force; and the saved table that stands for the live one. */
export type Sink = { format: (typeof FORMATS)[number]; from: string | undefined } & (
  | { kind: 'stdout' | 'live' }
  | { kind: 'file'; path: string }
)

/** The options that say what is intercepted. */
const SETUP = [
  'apisixPort',
  'apisixInboundCapturePort',
  'apisixUser',
  'inboundPorts',
  'outboundPorts',
  'inboundExcludePorts',
  'outboundExcludePorts',
  'inboundInterceptionMode',
  'root',
] as const

/** What `iptables` and `cleanup-iptables` share: what is intercepted, and where the result goes. */
export abstract class RulesCommand extends AgentCommand {
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
  dryRun = toggle('--dry-run', 'print the document to stdout and change nothing')
  output = value('-o,--output', 'write the document to a file and change nothing')
  format = value('--format', 'restore: for iptables-restore; documented: as the documentation lists it', 'restore')

  from = value('--from', "print the change to a table that iptables-save printed into a file; '-' for stdin")

  protected option(property: keyof this & string): Given {
    return optionOf(property, this[property], this.context.env)
  }

  /** What the options want intercepted, as a model. */
  protected async readInterception(report: Report): Promise<Interception> {
    const root = single(this.option('root'), report) ?? '/'
    const owner = await readOwner(this.option('apisixUser'), accountsOf(root, this.context.run), report)
    return readInterception(
      {
        apisixPort: this.option('apisixPort'),
        apisixInboundCapturePort: this.option('apisixInboundCapturePort'),
        inboundPorts: this.option('inboundPorts'),
        outboundPorts: this.option('outboundPorts'),
        inboundExcludePorts: this.option('inboundExcludePorts'),
        outboundExcludePorts: this.option('outboundExcludePorts'),
        inboundInterceptionMode: this.option('inboundInterceptionMode'),
      },
      owner,
      report,
    )
  }

  /** Options that say what is intercepted are faults here; the environment, which all commands share, does not count. */
  protected refuseSetup(report: Report): void {
    for (const property of SETUP)
      if (this[property])
        report.fault(flagOf(property), this[property].join(' '), 'does not belong here: what is found is removed')
  }

  /** Where the result goes, and in which format. */
  protected readSink(report: Report): Sink {
    const output = this.option('output')
    const path = single(output, report)
    const from = single(this.option('from'), report)
    const isDry = flag(this.option('dryRun'), report)
    const format = choice(this.option('format'), FORMATS, 'restore', report)
    const isLive = path === undefined && from === undefined && !isDry

    if (format === 'documented' && (isLive || from !== undefined))
      report.fault('--format', format, 'is for reading options: add --dry-run or --output FILE, without --from')
    if (path === undefined) return { kind: isLive ? 'live' : 'stdout', format, from }
    if (isDry) report.fault(output.name, path, 'goes to a file and --dry-run to stdout: give one of them')
    const problem = unwritable(path)
    if (problem) report.fault(output.name, path, problem)
    return { kind: 'file', path, format, from }
  }

  /** The saved table at a path, or on stdin. Throws a Refusal when it is no complete nat table. */
  protected async readSaved(path: string): Promise<Ruleset> {
    try {
      return parseSaved(path === '-' ? await text(this.context.stdin) : readFileSync(path, 'utf8'))
    } catch (error) {
      throw new Refusal(`--from: ${quote(path)} cannot be used: ${(error as Error).message}`)
    }
  }

  /** Prints a text, or writes it to the file as a whole. */
  protected deliver(result: string, sink: Sink): void {
    if (sink.kind !== 'file') {
      this.context.stdout.write(result)
      return
    }
    try {
      writeWhole(sink.path, result)
    } catch (error) {
      throw new Refusal(`--output: ${quote(sink.path)} was not written: ${(error as Error).message}`)
    }
    this.say(
      `wrote ${sink.path}${sink.format === 'restore' ? `; to load it, once: iptables-restore --noflush ${sink.path}` : ''}`,
    )
  }
}
