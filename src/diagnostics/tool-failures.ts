/** What a failure of the tools means, and what to do about it. */
export interface Failure {
  /** Any of these words tells it; `*` stands for any text. Case counts: versions differ in first letters, which are left out. */
  words: readonly string[]
  problem: string
  /** `{wait}` is how to wait longer, `{backend}` how to choose the backend: options here, variables in the script. */
  remedy: string
  /** Whether only this program can meet it. */
  isOurs?: true
  /** Whether the kernel lacks the whole backend, so that its table holds nothing. */
  lacksBackend?: true
}

/** The first that fits counts. The generated script has the same table. (facts 16–18, 21, 22) */
export const FAILURES: readonly Failure[] = [
  {
    words: ['nsenter: *failed', 'nsenter: *cannot'],
    problem: 'the network namespace cannot be entered',
    remedy: 'Check that it exists, and that you are root',
    isOurs: true,
  },
  {
    words: ['ock file*ermission denied'],
    problem: 'the xtables lock file cannot be opened: permission denied',
    remedy: 'Run it as root. If it is root, a security module such as SELinux denies it: look into the audit log',
  },
  {
    words: ['ou must be root'],
    problem: 'it needs root with CAP_NET_ADMIN and CAP_NET_RAW',
    remedy:
      'Run it as root with both, as docker run --cap-add=NET_ADMIN --cap-add=NET_RAW does. If it has them, it may be root of a user namespace that does not own this network namespace (in Kubernetes hostUsers: false)',
  },
  {
    words: ['olding the xtables lock'],
    problem: 'another process holds the xtables lock',
    remedy: 'Retry, or wait longer with {wait}',
  },
  {
    words: ["an't open lock file"],
    problem: 'the xtables lock file cannot be opened',
    remedy: 'Make /run writable, the same /run for everyone who writes rules here',
  },
  {
    words: ["match *comment'", 'xtension comment'],
    problem: 'the comment match is missing',
    remedy: 'Load xt_comment and install the iptables extensions, or remove --comments',
  },
  {
    words: ["match *owner'", 'xtension owner'],
    problem: 'the owner match is missing',
    remedy: 'Load xt_owner, and install the iptables extensions',
  },
  {
    words: ["match *multiport'", 'xtension multiport'],
    problem: 'the multiport match is missing',
    remedy: 'Load xt_multiport and install the iptables extensions, or remove --compact',
  },
  {
    words: ["target *REDIRECT'", 'xtension REDIRECT'],
    problem: 'the REDIRECT target is missing',
    remedy: 'Load xt_REDIRECT, and install the iptables extensions',
  },
  {
    // A target that cannot be loaded may be a chain that another program has just deleted.
    words: ["an't find library for match", "ouldn't load match"],
    problem: 'the tool lacks an extension that a rule needs',
    remedy: 'Install the iptables extensions',
  },
  {
    // The second where nfnetlink is there without nf_tables.
    words: ['ailed to initialize nft', 'rule set generation id: Invalid argument'],
    problem: 'this kernel has no nf_tables',
    remedy: 'Load nf_tables, or use {backend}legacy',
    lacksBackend: true,
  },
  {
    words: ["an't initialize", 'able does not exist', 'o you need to insmod'],
    problem: 'this kernel has no nat table for the legacy backend',
    remedy: 'Load iptable_nat (for IPv6 ip6table_nat), or use {backend}nft',
    lacksBackend: true,
  },
  {
    words: ['ncompatible'],
    problem: 'the nat table has rules that only nft shows',
    remedy: 'Look at `nft list ruleset`',
  },
  {
    words: ['RULE_APPEND failed (Operation not supported)', 'RULE_INSERT failed (Operation not supported)'],
    problem: 'the kernel does not support what the rule needs',
    remedy: 'Load nft_compat and the modules of its matches, or use {backend}legacy',
  },
  {
    words: ['RULE_APPEND failed (Invalid argument)', 'RULE_INSERT failed (Invalid argument)'],
    problem: 'the kernel refuses a value',
    remedy: 'It may be an owner id that this user namespace does not map: see /proc/self/uid_map',
  },
]

const OPTIONS_HERE = { '{wait}': '--wait 30s', '{backend}': '--backend ' }

/** A remedy with the names of this program's options, or with others in their place. */
export function remedyOf({ remedy }: Failure, names: Record<string, string> = OPTIONS_HERE): string {
  return remedy.replace(/\{\w+\}/g, (name) => names[name] ?? name)
}

/** The failure that a tool's words tell; undefined when they tell none. */
export function failureIn(text: string): Failure | undefined {
  return FAILURES.find(({ words }) => words.some((each) => holds(text, each.split('*'))))
}

/** Whether a text holds the parts, one behind the other. */
function holds(text: string, parts: string[]): boolean {
  let from = 0
  for (const part of parts) {
    const at = text.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}

/** Legacy names a line and no reason, which the kernel's log may hold. */
export const NO_REASON =
  'The kernel may lack a match or target, and its log (dmesg) may say which. gVisor lacks the comment match and takes small tables only: remove --comments, use --compact'
