/** The commands and what each does, in the order of the help: first those that change rules. */
export const COMMANDS = {
  iptables: 'Send TCP traffic through the proxy.',
  'cleanup-iptables': 'Remove the managed rules.',
  inject: 'Put the init container into Kubernetes manifests.',
  check: 'Check whether the rules are active.',
  precheck: 'Check whether the rules can work on this machine.',
  explain: 'Show what the rules do to one connection, or to all.',
  diff: 'Show what two rulesets do differently.',
  confirm: 'Keep the new rules, and cancel the pending rollback.',
  completion: 'Print the completion of a shell.',
}
export type CommandName = keyof typeof COMMANDS
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[]

/** How a result can be written. */
export const FORMATS = {
  restore: 'for iptables-restore',
  documented: 'as the documentation lists it',
  script: 'a POSIX shell script that needs no Node.js',
  nft: 'a table of its own for nft -f, without iptables',
  'init-container': 'the script in a Kubernetes init container',
  systemd: 'a unit that runs the script',
  'systemd-reapply': 'a unit that runs it again after services that may flush rules',
  'systemd-repair': 'a unit that runs it once',
  'systemd-timer': 'a timer that starts systemd-repair once a minute',
  text: 'sentences and a tree',
  mermaid: 'a picture',
  markdown: 'a table for a pull request',
} as const

/** How a value is written. A plural is a list: it may be repeated, and `@FILE` stands for the items of a file. */
export type Kind =
  | 'boolean'
  | 'choice'
  | 'duration'
  | 'endpoint'
  | 'file'
  | 'groups'
  | 'image'
  | 'interface'
  | 'interfaces'
  | 'mode'
  | 'names'
  | 'networks'
  | 'owners'
  | 'path'
  | 'pid'
  | 'port'
  | 'ports'
  | 'text'
  | 'user-ports'
  | 'users'

/** What an option is, besides its name, from which its flag and its environment variable follow. */
export interface Row {
  kind: Kind
  /** What stands for the value in the help; a boolean has none. */
  placeholder?: string
  description: string
  /** The value that holds when it is not given. */
  default?: string
  /** What holds when it is not given, in words. */
  without?: string
  /** A second flag of one letter, as in `-o`. */
  short?: string
  /** The words of a choice; those of a command where they differ. Without a default the first holds. */
  choices?: readonly string[] | Partial<Record<CommandName, readonly string[]>>
}

/** An option of the table: its row, and what it shares with its group. */
export interface Option extends Row {
  /** The title under which the help lists it. */
  group: string
  commands: readonly CommandName[]
  /** Whether it says what is redirected, and so belongs to a command line that makes the same rules again. */
  isInterception: boolean
}

const ALL = ['iptables', 'cleanup-iptables', 'check', 'precheck', 'explain'] as const
const LIVE = [...ALL, 'diff'] as const
const SELECTING = [...ALL, 'inject'] as const
const PRINTING = ['iptables', 'cleanup-iptables'] as const

/** A row as it is written, with what its group adds. */
type Completed<R> = R & Omit<Option, keyof R>

/** The rows of one group of options: `commands` take them, unless a row names others. */
function group<const Rows extends Record<string, Row & Partial<Option>>>(
  title: string,
  commands: readonly CommandName[],
  rows: Rows,
  isInterception = false,
) {
  const options = Object.entries(rows).map(([name, row]) => [name, { group: title, commands, isInterception, ...row }])
  return Object.fromEntries(options) as { [Name in keyof Rows]: Completed<Rows[Name]> }
}

/** The options that say what is redirected. */
function interception<const Rows extends Record<string, Row & Partial<Option>>>(title: string, rows: Rows) {
  return group(title, SELECTING, rows, true) as {
    [Name in keyof Rows]: Completed<Rows[Name]> & { isInterception: true }
  }
}

/**
 * Every option of every command, in the order of the help and of a printed command line.
 *
 * Clipanion's options, the environment variables, the help, the reference in the documentation, the library's options and the
 * random command lines of the tests follow from these rows.
 */
export const OPTIONS = {
  ...interception('The proxy', {
    apisixPort: { kind: 'port', placeholder: 'PORT', description: "the proxy's port", default: '9080' },
    apisixInboundCapturePort: {
      kind: 'port',
      placeholder: 'PORT',
      description: "the proxy's port for inbound traffic",
      without: 'the value of --apisix-port',
    },
    apisixUser: {
      kind: 'owners',
      placeholder: 'USERS',
      description:
        "the proxy's user, whose own traffic bypasses the proxy: a name, a uid, UID:GID, or UID:none for a user without its group",
      default: 'nobody',
    },
    inboundInterceptionMode: {
      kind: 'mode',
      placeholder: 'MODE',
      description: 'REDIRECT is the only mode',
      default: 'REDIRECT',
    },
  }),
  ...interception('What is redirected', {
    inboundPorts: {
      kind: 'ports',
      placeholder: 'PORTS',
      description: "ports to redirect, as in 80,8000-8010 or @FILE; '*' for all but 22",
      without: 'none',
    },
    inboundExcludePorts: {
      kind: 'ports',
      placeholder: 'PORTS',
      description: "with --inbound-ports '*': ports to exclude",
      without: 'none',
    },
    inboundExcludeCidrs: {
      kind: 'networks',
      placeholder: 'CIDRS',
      description: 'sources to exclude, as in 10.0.0.0/8',
      without: 'none',
    },
    inboundLocalOnly: {
      kind: 'boolean',
      description: "redirect connections to this machine's own addresses only, and not what it forwards",
    },
    noSshExempt: { kind: 'boolean', description: "with --inbound-ports '*': redirect port 22 too" },
    outboundPorts: {
      kind: 'ports',
      placeholder: 'PORTS',
      description: "destination ports to redirect; '*' for all",
      without: 'none',
    },
    outboundExcludePorts: {
      kind: 'ports',
      placeholder: 'PORTS',
      description: "with --outbound-ports '*': ports to exclude",
      without: 'none',
    },
    outboundCidrs: {
      kind: 'networks',
      placeholder: 'CIDRS',
      description: 'redirect these destinations only, as in 10.0.0.0/8',
      without: 'all',
    },
    outboundExcludeCidrs: {
      kind: 'networks',
      placeholder: 'CIDRS',
      description: 'destinations to exclude',
      without: 'none',
    },
    outboundPortsOrCidrs: {
      kind: 'boolean',
      description: 'redirect what --outbound-ports or --outbound-cidrs selects, not only what both do',
    },
    outboundUsers: {
      kind: 'users',
      placeholder: 'USERS',
      description: 'redirect connections of these users only (and of --outbound-groups): names, ids, 1000-2000',
      without: 'all',
    },
    outboundGroups: {
      kind: 'groups',
      placeholder: 'GROUPS',
      description: 'redirect connections of these groups only (and of --outbound-users): names, ids, 1000-2000',
      without: 'all',
    },
    rerouteInterfaces: {
      kind: 'interfaces',
      placeholder: 'NAMES',
      description: 'redirect what comes in by these interfaces as outbound traffic, as in docker0,k6t-eth0',
      without: 'none',
    },
    redirectSelfCalls: {
      kind: 'boolean',
      description: "send the proxy's connections to this machine's own addresses, but loopback, to its inbound port",
    },
    excludeInterfaces: {
      kind: 'interfaces',
      placeholder: 'NAMES',
      description: 'interfaces to exclude, both ways, as in docker0,eth+',
      without: 'none',
    },
  }),
  ...interception('Whose traffic bypasses the proxy', {
    outboundExcludeUsers: {
      kind: 'users',
      placeholder: 'USERS',
      description: 'users to exclude: names, ids, 1000-2000',
      without: 'none',
    },
    outboundExcludeGroups: {
      kind: 'groups',
      placeholder: 'GROUPS',
      description: 'groups to exclude: names, ids, 1000-2000',
      without: 'none',
    },
    outboundExcludePortsForUsers: {
      kind: 'user-ports',
      placeholder: 'USER:PORTS',
      description: "ports to exclude for a user, as in 1000:80,8000-8010; ';' goes between users",
      without: 'none',
    },
  }),
  ...interception('The form of the rules', {
    compact: { kind: 'boolean', description: 'join neighbouring ports, and put up to 15 into one rule' },
    isolate: {
      kind: 'boolean',
      description: 'put outbound rules into a managed chain, so that foreign rules behind them are reached',
    },
    jumpPosition: {
      kind: 'choice',
      placeholder: 'PLACE',
      choices: ['last', 'first'],
      description: 'where managed rules go among foreign ones: first or last',
      default: 'last',
    },
    comments: { kind: 'boolean', description: 'put a comment on each rule that names the option that made it' },
  }),
  ...interception('The machine that the rules are for', {
    ipFamily: {
      kind: 'choice',
      placeholder: 'FAMILY',
      choices: ['ipv4', 'ipv6', 'dual'],
      commands: [...LIVE, 'inject'],
      description: 'ipv4, ipv6 or dual',
      default: 'ipv4',
    },
    root: {
      kind: 'path',
      placeholder: 'DIR',
      description: 'look users up under DIR/etc, for image builds',
      default: '/',
    },
  }),
  ...group('Warnings', SELECTING, {
    strict: { kind: 'boolean', description: 'treat warnings as errors' },
    allow: {
      kind: 'names',
      placeholder: 'NAMES',
      description: 'with --strict: warnings to accept, by the code that stands behind them in brackets',
      without: 'none',
    },
    allowNode: {
      kind: 'boolean',
      commands: ['iptables', 'precheck'],
      description: 'accept the network namespace of a Kubernetes node, also in a printed script or init container',
    },
  }),
  ...group('Where the result goes', PRINTING, {
    dryRun: { kind: 'boolean', description: 'print the document to stdout and change nothing' },
    output: {
      kind: 'file',
      placeholder: 'FILE',
      short: '-o',
      description: 'write the document to a file and change nothing',
    },
    template: { kind: 'file', placeholder: 'FILE', description: 'print through a Handlebars template of your own' },
  }),
  ...group('A saved table', ['check'], {
    golden: {
      kind: 'file',
      placeholder: 'FILE',
      description: "compare a file with the document of the options instead; '-' for stdin",
    },
    from: {
      kind: 'file',
      placeholder: 'FILE',
      commands: [...PRINTING, 'check', 'explain'],
      description: "use a table that iptables-save printed into a file, instead of the live one; '-' for stdin",
    },
  }),
  ...group('How the live table is reached', LIVE, {
    live: {
      kind: 'boolean',
      commands: ['diff'],
      description: 'compare the file with the live table',
    },
    backend: {
      kind: 'choice',
      placeholder: 'NAME',
      commands: [...LIVE, 'inject'],
      choices: ['auto', 'nft', 'legacy'],
      description:
        'nft, legacy, or auto: the one with managed rules, else the one on PATH, else the one that the kernel has',
      default: 'auto',
    },
    iptablesRestore: {
      kind: 'path',
      placeholder: 'PATH',
      description: 'the tool to use, with its -save beside it',
      without: 'the one of the backend',
    },
    wait: {
      kind: 'duration',
      placeholder: 'TIME',
      commands: [...LIVE, 'inject'],
      short: '-w',
      description: 'how long to wait for the xtables lock, as in 5, 5s or 2m',
      default: '5s',
    },
    timeout: {
      kind: 'duration',
      placeholder: 'TIME',
      commands: [...LIVE, 'inject'],
      description: 'how long the whole command may take',
      default: '30s',
    },
    netns: {
      kind: 'path',
      placeholder: 'PATH',
      commands: [...LIVE, 'confirm'],
      description: 'work in the network namespace at this path',
      without: "this process's own",
    },
    pid: {
      kind: 'pid',
      placeholder: 'PID',
      commands: [...LIVE, 'confirm'],
      description: 'work in the network namespace of this process',
      without: "this process's own",
    },
    verbose: {
      kind: 'boolean',
      description: 'print which backend was chosen, why, and each document that is sent',
    },
  }),
  ...group('Kubernetes manifests', ['inject'], {
    proxyContainer: {
      kind: 'text',
      placeholder: 'NAME',
      description: 'the container that the proxy runs in',
      default: 'apisix',
    },
    remove: { kind: 'boolean', description: 'take out what inject has added' },
    diff: { kind: 'boolean', description: 'print what would change instead of the result' },
  }),
  ...group('Rollback', ['iptables'], {
    confirmWithin: {
      kind: 'duration',
      placeholder: 'TIME',
      description: 'roll back unless `confirm` runs in time, as in 60s or 5m',
      without: 'never',
    },
  }),
  ...group('The connection', ['explain'], {
    out: { kind: 'endpoint', placeholder: 'ADDRESS:PORT', description: 'an outbound connection to this address' },
    in: { kind: 'endpoint', placeholder: 'ADDRESS:PORT', description: 'an inbound connection from this address' },
    to: {
      kind: 'endpoint',
      placeholder: '[ADDRESS]:PORT',
      description: 'with --in: its destination; :PORT is any address of this machine',
    },
    source: { kind: 'endpoint', placeholder: 'ADDRESS', description: 'with --out: the source address' },
    interface: { kind: 'interface', placeholder: 'NAME', description: 'where it comes in, or goes out' },
    uid: { kind: 'text', placeholder: 'USER', description: 'with --out: the user of the process' },
    gid: {
      kind: 'text',
      placeholder: 'GROUP',
      description: 'with --out: the group of the process',
      without: 'that of a --uid given by name',
    },
    probe: { kind: 'boolean', description: 'with --out: make the connection, and show which rules the kernel matched' },
  }),
  ...group('The form of the result', [...PRINTING, 'explain', 'diff'], {
    format: {
      kind: 'choice',
      placeholder: 'FORMAT',
      choices: {
        iptables: [
          'restore',
          'documented',
          'script',
          'nft',
          'init-container',
          'systemd',
          'systemd-reapply',
          'systemd-repair',
          'systemd-timer',
        ],
        'cleanup-iptables': ['restore', 'documented', 'script', 'nft'],
        explain: ['text', 'mermaid'],
        diff: ['text', 'markdown'],
      },
      description: 'how the result is written',
      without: 'the first of them',
    },
    nativeNftables: {
      kind: 'boolean',
      commands: ['iptables', 'inject'],
      description: 'use nft and a table of its own instead of iptables, in a script, init container or unit',
    },
    image: {
      kind: 'image',
      placeholder: 'IMAGE',
      commands: ['iptables', 'inject'],
      description:
        'the image that the init container runs in, which needs sh, awk and iptables (with --native-nftables sh and nft)',
    },
    installPath: {
      kind: 'path',
      placeholder: 'PATH',
      commands: ['iptables'],
      description: 'with --format systemd, systemd-reapply or systemd-repair: where the script is installed',
    },
    rules: {
      kind: 'boolean',
      commands: ['explain'],
      description: 'with --format mermaid: draw chains and rules instead of outcomes',
    },
    json: { kind: 'boolean', commands: ['check', 'precheck', 'explain', 'diff'], description: 'print one JSON object' },
  }),
}

export type OptionName = keyof typeof OPTIONS

/** The rows by name, for loops over all of them. */
export const ROWS = Object.entries(OPTIONS) as [OptionName, Option][]

/** The options that `-h` shows, of each command the most used ones. */
export const MOST_USED: Record<CommandName, readonly OptionName[]> = {
  iptables: [
    'apisixUser',
    'inboundPorts',
    'inboundExcludePorts',
    'outboundPorts',
    'outboundExcludePorts',
    'outboundExcludeCidrs',
    'ipFamily',
    'dryRun',
    'format',
    'confirmWithin',
  ],
  'cleanup-iptables': ['dryRun', 'output', 'from', 'ipFamily', 'backend', 'netns'],
  inject: ['image', 'apisixUser', 'inboundPorts', 'outboundPorts', 'proxyContainer', 'diff', 'remove', 'strict'],
  check: ['apisixUser', 'inboundPorts', 'outboundPorts', 'ipFamily', 'golden', 'from', 'json', 'strict'],
  precheck: ['apisixUser', 'inboundPorts', 'outboundPorts', 'ipFamily', 'netns', 'json', 'strict'],
  explain: ['out', 'in', 'to', 'uid', 'gid', 'from', 'probe', 'format', 'json'],
  diff: ['live', 'ipFamily', 'format', 'json', 'netns'],
  confirm: ['netns', 'pid'],
  completion: [],
}

/** The words that a command takes for a choice; nothing for an option that is no choice. */
export function choicesOf(name: OptionName, command: CommandName): readonly string[] {
  const { choices = [] }: Option = OPTIONS[name]
  return 'length' in choices ? (choices as readonly string[]) : (choices[command] ?? [])
}

/** The options that a command takes, in the order of the table. */
export function optionsOf(command: CommandName): OptionName[] {
  return ROWS.filter(([, { commands }]) => commands.includes(command)).map(([name]) => name)
}
