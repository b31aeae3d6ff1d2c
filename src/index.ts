import { inspect } from 'node:util'
import { sentencesOf, type WarningCode } from './diagnostics/diagnostic'
import { Diagnostics, type Warning as Found, type OptionError as Problem } from './diagnostics/diagnostics'
import { suggestion } from './diagnostics/suggestion'
import { buildInterception } from './interception/build'
import type { Interception } from './interception/interception'
import { OPTIONS } from './interception/options'
import type { Owner } from './options/accounts'
import { flagOf, written } from './options/input'
import type { Lookup } from './options/lists'
import { ownerText } from './options/owners'
import { parseOptions } from './options/parse'
import { type Row, OPTIONS as TABLE } from './options/table'
import {
  CLEANUP_FORMATS,
  carriesScript,
  FORMAT_NAMES,
  type Form,
  type Format,
  IMAGE,
  INSTALL_PATH,
  INSTALLED,
  renderCleanup,
  renderFormat,
} from './render/formats'
import { SCRIPT_DEFAULTS } from './render/script-defaults'
import { oneOf } from './system/text'

export type { Inbound, Outbound, PortMatch, Selection } from './interception/interception'
export type { Format, Interception, Owner }

/** A value that cannot be used. */
export interface OptionError {
  option: string
  value: string
  /** What is wrong and what to do, continuing a sentence that starts with the value. */
  problem: string
}

/** Something that is probably not meant, under a name that stays. */
export interface Warning {
  name: WarningCode
  text: string
}

/** Ports from 1 to 65535, as `80`, and ranges, as `'8000-8010'`. */
export type Ports = readonly (number | string)[]

/** Ids from 0 to 4294967294, as `1000`, and ranges, as `'1000-2000'`. Names are looked up by the command only. */
export type Ids = readonly (number | string)[]

/** What to intercept, as on the command line of `iptables`. */
export interface Options {
  /** The port of the proxy; 9080 by default. */
  apisixPort?: number
  /** Another port of the proxy for inbound traffic. */
  apisixInboundCapturePort?: number
  /** The proxy's own users, each with its group or `null` for a user without its group: their traffic bypasses the proxy. */
  apisixUser: Owner | readonly Owner[]
  /** Ports to intercept, `'*'` for all but 22; none by default. */
  inboundPorts?: Ports | '*'
  /** Destination ports to intercept, `'*'` for all; none by default. */
  outboundPorts?: Ports | '*'
  /** With `inboundPorts: '*'`: ports to leave alone. */
  inboundExcludePorts?: Ports
  /** With `outboundPorts: '*'`: ports to leave alone. */
  outboundExcludePorts?: Ports
  /** The only destinations to intercept, as in `'10.0.0.0/8'`. */
  outboundCidrs?: readonly string[]
  /** Destinations to leave alone. */
  outboundExcludeCidrs?: readonly string[]
  /** Intercept what `outboundPorts` or `outboundCidrs` selects, not only what both do. */
  outboundPortsOrCidrs?: boolean
  /** The only users whose connections are intercepted, and those of `outboundGroups`. */
  outboundUsers?: Ids
  /** The only groups whose connections are intercepted, and those of `outboundUsers`. */
  outboundGroups?: Ids
  /** Interfaces whose incoming connections are treated like outbound ones. */
  rerouteInterfaces?: readonly string[]
  /** Send the proxy's connections to this machine's own addresses, but loopback, to its inbound port. */
  redirectSelfCalls?: boolean
  /** Intercept connections to this machine's own addresses only, and not what it forwards. */
  inboundLocalOnly?: boolean
  /** Sources to leave alone. */
  inboundExcludeCidrs?: readonly string[]
  /** Interfaces to leave alone, both ways. */
  excludeInterfaces?: readonly string[]
  /** Users to leave alone. */
  outboundExcludeUsers?: Ids
  /** Groups to leave alone. */
  outboundExcludeGroups?: Ids
  /** Ports to leave alone for a user, as in `'1000:80,8000-8010'`. */
  outboundExcludePortsForUsers?: readonly string[]
  /** Join neighbouring ports, and put up to 15 into one rule. */
  compact?: boolean
  /** Put outbound rules into a chain of our own. */
  isolate?: boolean
  /** With `inboundPorts: '*'`: intercept port 22 too. */
  noSshExempt?: boolean
  /** Put a comment on each rule that names the option that made it. */
  comments?: boolean
  /** Where managed rules go among foreign ones; `'last'` by default. */
  jumpPosition?: 'first' | 'last'
  /** The families of the rules; `'ipv4'` by default. */
  ipFamily?: 'ipv4' | 'ipv6' | 'dual'
}

/** Thrown for options that cannot be used; `faults` names every one of them. */
export class InvalidOptions extends Error {
  override name = 'InvalidOptions'

  constructor(
    message: string,
    /** Every value that cannot be used. */
    readonly faults: readonly OptionError[],
  ) {
    super(message)
  }
}

function invalid(errors: readonly Problem[]): InvalidOptions {
  const faults = errors.map(({ subject, value = '', problem, remedy }) => ({
    option: subject,
    value,
    problem: sentencesOf({ problem, ...(remedy && { remedy }) }),
  }))
  return new InvalidOptions(errors.map(sentencesOf).join('\n'), faults)
}

/** What a text is to be. */
export interface Settings {
  /** `restore` by default: the document that `iptables-restore --noflush` reads. */
  format?: Format
  /** For `init-container`: the image to run in. */
  image?: string
  /** For `systemd`, `systemd-reapply` and `systemd-repair`: where the script is installed. */
  installPath?: string
  /** For `script`, and formats that carry or start it: use nft and a table of its own instead of iptables. */
  nativeNftables?: boolean
  /** Is given each warning; without it they are dropped. */
  onWarning?: (warning: Warning) => void
}

/**
 * Options to a validated model, and what is probably not meant. Starts no process and reads no file, like all of this.
 *
 * @throws {InvalidOptions} naming all faulty values at once
 */
export function interception(options: Options): { interception: Interception; warnings: readonly Warning[] } {
  const diagnostics = new Diagnostics()
  reportUnfit(options, diagnostics)
  if (diagnostics.errors.length > 0) throw invalid(diagnostics.errors)
  const inputOf = (name: (typeof OPTIONS)[number]) => ({ name, values: valuesOf(name, options?.[name]) })
  const values = parseOptions(OPTIONS, inputOf, { command: 'iptables', lookup: NOTHING_OUTSIDE }, diagnostics)
  const model = buildInterception(values, diagnostics)
  if (diagnostics.errors.length > 0) throw invalid(diagnostics.errors)
  return { interception: model, warnings: diagnostics.warnings.map(warningOf) }
}

const warningOf = ({ code, problem, remedy }: Found): Warning => ({
  name: code,
  text: sentencesOf({ problem, ...(remedy && { remedy }) }),
})

/**
 * The rules for the options as a document, script, listing, nft table, init container or unit: the same bytes as the command prints.
 *
 * @throws {InvalidOptions} naming all faulty options at once, or all faulty settings
 */
export function render(options: Options, settings: Settings = {}): string {
  const { format = 'restore', image = '', installPath = '', nativeNftables = false, onWarning } = settings ?? {}
  reportSettings({ format, image, installPath, nativeNftables }, FORMAT_NAMES)
  const { interception: model, warnings } = interception(options)
  if (onWarning) for (const warning of warnings) onWarning(warning)
  const command = [...commandOf('iptables', options), ...(nativeNftables ? ['--native-nftables=true'] : [])]
  const made = { interception: model, command, image, installPath, defaults: SCRIPT_DEFAULTS, nativeNftables }
  return renderFormat(format, made)
}

/**
 * What undoes `render` with the same options, as a document, listing, nft table or script.
 *
 * @throws {InvalidOptions} naming all faulty options at once, or all faulty settings
 */
export function cleanup(options: Options, settings: Pick<Settings, 'format' | 'onWarning'> = {}): string {
  const { format = 'restore', onWarning } = settings ?? {}
  reportSettings({ format, image: '', installPath: '', nativeNftables: false }, CLEANUP_FORMATS)
  const { interception: model, warnings } = interception(options)
  if (onWarning) for (const warning of warnings) onWarning(warning)
  const command = commandOf('cleanup-iptables', options)
  return renderCleanup(format, { interception: model, command, defaults: SCRIPT_DEFAULTS })
}

/** A value as a reader knows it from a program, whatever it is. */
const shown = (value: unknown) =>
  (typeof value === 'string' ? value : inspect(value, { breakLength: Infinity })).slice(0, 200)

const isOwner = (value: unknown) => {
  const { uid, gid }: Partial<Owner> = value ?? {}
  return Number.isInteger(uid) && (gid === null || Number.isInteger(gid))
}
const isText = (value: unknown) => typeof value === 'string'
const isListOf = (isItem: (item: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(isItem)
const isItem = (item: unknown) => (typeof item === 'string' && item.trim() !== '') || typeof item === 'number'

/** What a value of a kind is in a program: a test, and what to give. */
const FITTING: Partial<Record<Row['kind'], [fits: (value: unknown) => boolean, problem: string]>> = {
  boolean: [(value) => typeof value === 'boolean', 'is not true or false'],
  choice: [isText, 'is not a string'],
  port: [(value) => typeof value === 'number', 'is not a number, as in 9080'],
  ports: [
    (value) => value === '*' || isListOf(isItem)(value),
    "is not a list of ports, as in [80, '8000-8010'], nor '*'",
  ],
  users: [isListOf(isItem), "is not a list of ids, as in [1000, '2000-3000']"],
  groups: [isListOf(isItem), "is not a list of ids, as in [1000, '2000-3000']"],
  networks: [isListOf(isText), "is not a list of networks, as in ['10.0.0.0/8']"],
  interfaces: [isListOf(isText), "is not a list of interfaces, as in ['eth0']"],
  'user-ports': [isListOf(isText), "is not a list of users and ports, as in ['1000:80,443']"],
  owners: [
    (value) => (Array.isArray(value) ? value.length > 0 && value.every(isOwner) : isOwner(value)),
    'lacks a uid and a gid, as in { uid: 501, gid: 20 }',
  ],
}

/** What the types refuse, and a program without types may give. */
function reportUnfit(options: Options, diagnostics: Diagnostics): void {
  const given: Partial<Options> = typeof options === 'object' && options !== null ? options : {}
  for (const name of OPTIONS) {
    const value = given[name]
    const [fits, problem] = FITTING[TABLE[name].kind] ?? [isText, 'is not a string']
    if ((value !== undefined || name === 'apisixUser') && !fits(value)) diagnostics.error(name, shown(value), problem)
  }
  for (const [name, value] of Object.entries(given))
    if (!OPTIONS.some((option) => option === name))
      diagnostics.error(name, shown(value), `is given for an unknown option${suggestion(name, [...OPTIONS])}`)
}

/** Throws when a text cannot be made in that format, or lacks what the format needs. */
function reportSettings(
  {
    format,
    image,
    installPath,
    nativeNftables,
  }: Record<'format' | 'image' | 'installPath' | 'nativeNftables', unknown>,
  formats: readonly Format[],
): void {
  const diagnostics = new Diagnostics()
  const isForm = (value: unknown, { pattern }: Form) => typeof value === 'string' && pattern.test(value)
  if (!formats.some((each) => each === format))
    diagnostics.error('format', shown(format), 'is not a known format', `Use ${oneOf(formats)}`)
  if (format === 'init-container' && !isForm(image, IMAGE)) diagnostics.error('image', shown(image), IMAGE.problem)
  if (INSTALLED.some((each) => each === format) && !isForm(installPath, INSTALL_PATH))
    diagnostics.error('installPath', shown(installPath), INSTALL_PATH.problem)
  const carriers = FORMAT_NAMES.filter(carriesScript)
  if (typeof nativeNftables !== 'boolean')
    diagnostics.error('nativeNftables', shown(nativeNftables), 'is not true or false')
  else if (nativeNftables && !carriers.some((each) => each === format))
    diagnostics.error('nativeNftables', 'true', `applies to ${oneOf(carriers)} only`)
  if (diagnostics.errors.length > 0) throw invalid(diagnostics.errors)
}

const NOTHING_OUTSIDE: Lookup = {
  accounts: { find: () => undefined, names: () => [], sharing: () => [] },
  readText() {
    throw new Error('files are read by the command only')
  },
}

/** As the command line would have it: lists joined by commas, but for the one in which each value is a list. */
function valuesOf(name: (typeof OPTIONS)[number], value: Options[keyof Options]): string[] {
  if (value === undefined) return []
  if (name === 'apisixUser') return [([value].flat() as Owner[]).map(ownerText).join()]
  if (name === 'outboundExcludePortsForUsers') return [value].flat().map(String)
  return [[value].flat().join(',')]
}

/** The flags in the order of the command's own. */
function commandOf(command: string, options: Options): string[] {
  const flags = OPTIONS.flatMap((name) =>
    valuesOf(name, options[name]).flatMap((value) => written(flagOf(name), value)),
  )
  return [command, ...flags]
}
