import initContainerTemplate from '../../templates/init-container.hbs'
import systemdTemplate from '../../templates/systemd.hbs'
import reapplyTemplate from '../../templates/systemd-reapply.hbs'
import repairTemplate from '../../templates/systemd-repair.hbs'
import timerTemplate from '../../templates/systemd-timer.hbs'
import { UserError } from '../diagnostics/user-error'
import type { Interception } from '../interception/interception'
import { OPTIONS } from '../options/table'
import { inverse } from '../ruleset/transaction'
import { renderNft, renderNftCleanup, renderNftScript } from './nft'
import { renderDeclaration, renderDocument, renderDocumented, renderDocumentedCleanup, wantedRules } from './render'
import { renderScript } from './script'
import type { ScriptDefaults } from './script-defaults'
import type { ScriptMade } from './script-parts'
import { commandLine } from './shell'

/** What a text is made from. */
export interface Made {
  interception: Interception
  /** The command and options that say what is redirected, so that a reader can make the text again. */
  command: string[]
  /** What else the text is made from: files, and `accounts`. */
  sources?: string[]
  /** For `init-container`: the image to run in. */
  image: string
  /** For `init-container` in a manifest: what is added to the pod, in words. */
  added?: string
  /** For the formats of `INSTALLED`: where the script is installed. */
  installPath: string
  /** What the script does unless its environment says otherwise. */
  defaults: ScriptDefaults
  /** Whether the script loads the table of `nft`: for the formats that `carriesScript`. */
  nativeNftables?: boolean
}

/** How rules are written: see `FORMATS`. */
export const FORMAT_NAMES = OPTIONS.format.choices.iptables
export type Format = (typeof FORMAT_NAMES)[number]
/** Formats that run elsewhere, by tools and in namespaces that are not known here. */
export const runsElsewhere = (format: Format) => format !== 'restore' && format !== 'documented'

/** Formats that are the script, carry it or start it. */
export const carriesScript = (format: Format) => runsElsewhere(format) && format !== 'nft'

/** Formats that run the script from where it is installed. */
export const INSTALLED: readonly Format[] = ['systemd', 'systemd-reapply', 'systemd-repair']

const UNITS = {
  systemd: systemdTemplate,
  'systemd-reapply': reapplyTemplate,
  'systemd-repair': repairTemplate,
}

/** Those that a clean-up has. */
export const CLEANUP_FORMATS = OPTIONS.format.choices['cleanup-iptables']

/** What the value of an option that one format needs looks like. */
export interface Form {
  pattern: RegExp
  problem: string
  example: string
}

export const IMAGE: Form = {
  pattern: /^\w[\w.\-/:@]*$/,
  problem: 'is not the name of an image',
  example: 'registry.example/iptables:1.8',
}

export const INSTALL_PATH: Form = {
  pattern: /^(\/[\w.@+-]+)+$/,
  problem: 'is no absolute path to install at',
  example: '/usr/local/sbin/apisix-redirect',
}

/** An interception in one of the formats: the same bytes for the same input. Throws a UserError for what does not fit. */
export function renderFormat(format: Format, made: Made): string {
  const { interception, command, sources = [], image, added = '', installPath, defaults, nativeNftables = false } = made
  const script = [...command, '--format', 'script']
  const applies = (made: ScriptMade) =>
    nativeNftables
      ? renderNftScript(interception, made, defaults)
      : renderScript(wantedRules(interception), interception, made, 'apply', defaults)
  switch (format) {
    case 'restore':
      return renderDeclaration(interception)
    case 'documented':
      return renderDocumented(interception)
    case 'nft':
      return renderNft(interception, [...command, '--format', format])
    case 'script':
      return applies({ version: VERSION, command: script, sources })
    case 'init-container': {
      const container = [...command, '--format', format, '--image', image]
      const text = applies({ version: VERSION, command: container, sources, inPod: true })
      return initContainerTemplate({
        command: commandLine(container),
        image,
        added,
        // nft takes no lock.
        locks: !nativeNftables,
        script: assertFits(text).trimEnd().split('\n'),
      })
    }
    case 'systemd':
    case 'systemd-reapply':
    case 'systemd-repair':
      return UNITS[format]({
        command: commandLine([...command, '--format', format, '--install-path', installPath]),
        scriptCommand: commandLine([...script, '--output', installPath]),
        installPath,
      })
    case 'systemd-timer':
      return timerTemplate({ command: commandLine([...command, '--format', format]) })
  }
}

/** What undoes an interception, in one of the formats that a clean-up has. */
export function renderCleanup(
  format: Format,
  { interception, command, sources = [], defaults }: Pick<Made, 'interception' | 'command' | 'sources' | 'defaults'>,
): string {
  const wanted = wantedRules(interception)
  if (format === 'documented') return renderDocumentedCleanup()
  if (format === 'restore') return renderDocument(inverse(wanted))
  if (format === 'nft') return renderNftCleanup()
  const made = { version: VERSION, command: [...command, '--format', format], sources }
  return renderScript(wanted, interception, made, 'clean', defaults)
}

/** An argument holds 128 KiB at most (execve(2)), and what runs the container adds to it. */
const MAX_ARGUMENT_BYTES = 100 * 1024

const MAX_CONFIG_MAP_BYTES = 1024 * 1024
const COMPACT = 'Use --compact, or fewer ports'
const CONFIG_MAP =
  'write it with --format script --output FILE, put it into a ConfigMap (kubectl create configmap NAME --from-file FILE) and mount that'

function assertFits(script: string): string {
  const size = Buffer.byteLength(script)
  if (size <= MAX_ARGUMENT_BYTES) return script
  throw new UserError(
    `--format init-container: the script has ${Math.ceil(size / 1024)} KiB, and only 100 fit into an argument`,
    {
      remedy:
        size <= MAX_CONFIG_MAP_BYTES ? `${COMPACT}. Or ${CONFIG_MAP}` : `${COMPACT}. A ConfigMap holds 1 MiB at most`,
    },
  )
}
