import type { Ended } from '../system/run'

/** What a failure of the tools means, and what to do: the first whose words its stderr holds. (facts 16–18, 21, 22) */
const MEANINGS: [words: RegExp, meaning: string][] = [
  [/^nsenter: .*(?:failed|cannot)/m, 'the network namespace cannot be entered: is it there, and are you root?'],
  [/you must be root|lock file.*Permission denied/i, 'it takes root, with CAP_NET_ADMIN and CAP_NET_RAW'],
  [/holding the xtables lock/i, 'another program holds the xtables lock: try again, or wait longer with --wait'],
  [
    /can't open lock file/i,
    'the xtables lock file cannot be opened: make /run writable, the same for all who write rules here',
  ],
  [/match .owner'|Extension owner/i, 'the owner match is missing: load xt_owner, and install the iptables extensions'],
  [
    /target .REDIRECT'|Extension REDIRECT/i,
    'the REDIRECT target is missing: load xt_REDIRECT, and install the iptables extensions',
  ],
  [
    /can't initialize|Table does not exist|do you need to insmod|Failed to initialize nft/i,
    'this kernel has no nat table for it: load iptable_nat, for IPv6 ip6table_nat (legacy), or nf_tables (nft)',
  ],
  [/incompatible/i, 'the nat table holds rules that only nft shows: look at `nft list ruleset`'],
  [
    /RULE_APPEND failed \(Invalid argument\)/,
    'the kernel refuses a value: an owner id that the user namespace does not map (/proc/self/uid_map), perhaps',
  ],
]

const LINE = /line:? (\d+)/

/** Whether trying again can change nothing: its time is up, a signal ended it, or its words say what is missing. */
export function isFinal({ status, stderr }: Ended): boolean {
  return status === null || MEANINGS.some(([words]) => words.test(stderr))
}

/**
 * One sentence for a tool that failed: which line of the document it rejected, what that means, and what to do.
 *
 * @param tool its path
 * @param document what it was given to read
 */
export function explainFailure(tool: string, { status, stderr, late, excess }: Ended, document = ''): string {
  if (late) return `${tool} did not end in time and was stopped (--timeout)`
  if (excess) return `${tool} printed more than 64 MB and was stopped`
  const line = document.split('\n')[Number(LINE.exec(stderr)?.[1]) - 1] ?? ''
  const ended = status === null ? 'was ended by a signal' : `failed with status ${status}`
  const what = /^[-:]/.test(line) ? `rejected \`${line}\`` : ended
  const meaning = MEANINGS.find(([words]) => words.test(stderr))?.[1] ?? (line && 'the kernel rejected the document')
  return [`${tool} ${what}`, meaning].filter(Boolean).join('; ')
}
