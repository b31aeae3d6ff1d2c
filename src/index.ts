import { flagOf, type Given } from './interception/given'
import type { Interception, Owner } from './interception/interception'
import { parseOwner } from './interception/owner'
import { PORT_OPTIONS, readInterception } from './interception/read'
import { type Fault, Report, type Warning } from './interception/report'
import { type Format, renderCleanup, renderFormat } from './render/formats'

export type { Selection } from './interception/interception'
export type { Fault, Format, Interception, Owner, Warning }

/** What to intercept, as on the command line of `iptables`. Ports are whole numbers from 1 to 65535. */
export interface Options {
  /** The port of the proxy; 9080 by default. */
  apisixPort?: number
  /** Another port of the proxy for inbound traffic. */
  apisixInboundCapturePort?: number
  /** The proxy's own user and group, whose traffic is left alone. Names are looked up by the command only. */
  apisixUser: Owner
  /** Ports to intercept, `'*'` for all but 22; none by default. */
  inboundPorts?: readonly number[] | '*'
  /** Destination ports to intercept, `'*'` for all; none by default. */
  outboundPorts?: readonly number[] | '*'
  /** With `inboundPorts: '*'`: ports to leave alone. */
  inboundExcludePorts?: readonly number[]
  /** With `outboundPorts: '*'`: ports to leave alone. */
  outboundExcludePorts?: readonly number[]
}

/** Thrown for options that cannot be used; `faults` names every one of them. */
export class InvalidOptions extends Error {
  override name = 'InvalidOptions'

  constructor(readonly faults: readonly Fault[]) {
    super(faults.map(({ option, value, problem }) => `${option}: ${JSON.stringify(value)} ${problem}`).join('\n'))
  }
}

/** What a text is to be. */
export interface Settings {
  /** `restore` by default: the document that `iptables-restore --noflush` reads. */
  format?: Format
  /** For `init-container`: the image to run in. */
  image?: string
  /** For `systemd`: where the script is installed. */
  installPath?: string
}

/**
 * Options to a validated model, and what is probably not meant. Starts no process and reads no file, like all of this.
 *
 * @throws {InvalidOptions} naming all faulty values at once
 */
export function interception(options: Options): { interception: Interception; warnings: readonly Warning[] } {
  const report = new Report()
  const { uid, gid } = options.apisixUser
  const owner = parseOwner(`${uid}:${gid}`)
  if (!owner) report.fault('apisixUser', `${uid}:${gid}`, 'is no pair of ids from 0 to 4294967294')
  const given = Object.fromEntries(PORT_OPTIONS.map((name) => [name, { name, values: valuesOf(options[name]) }]))
  const mode = { name: 'inboundInterceptionMode', values: [] }
  const model = readInterception(
    { ...(given as Record<PortOption, Given>), inboundInterceptionMode: mode },
    owner ?? { uid: 0, gid: 0 },
    report,
  )
  if (report.faults.length > 0) throw new InvalidOptions(report.faults)
  return { interception: model, warnings: report.warnings }
}

/**
 * The rules for the options as a document, script, listing, init container or unit: the same bytes as the command prints.
 *
 * @throws {InvalidOptions} naming all faulty values at once
 */
export function render(options: Options, { format = 'restore', image = '', installPath = '' }: Settings = {}): string {
  const model = interception(options).interception
  return renderFormat(format, { interception: model, command: commandOf('iptables', options), image, installPath })
}

/**
 * What undoes `render` with the same options, as a document, listing or script.
 *
 * @throws {InvalidOptions} naming all faulty values at once
 */
export function cleanup(options: Options, { format = 'restore' }: Pick<Settings, 'format'> = {}): string {
  return renderCleanup(format, interception(options).interception, commandOf('cleanup-iptables', options))
}

type PortOption = (typeof PORT_OPTIONS)[number]

const valuesOf = (value: Options[PortOption]): string[] => (value === undefined ? [] : [[value].flat().join(',')])

/** The flags in the order of the command's own. */
function commandOf(command: string, options: Options): string[] {
  const { uid, gid } = options.apisixUser
  const flags = PORT_OPTIONS.flatMap((name) => valuesOf(options[name]).flatMap((value) => [flagOf(name), value]))
  return [command, ...flags, flagOf('apisixUser'), `${uid}:${gid}`]
}
