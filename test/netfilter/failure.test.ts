import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failureOf, isFinal } from '../../src/netfilter/failure'

const DOCUMENT = '*nat\n:A - [0:0]\n-A OUTPUT -m owner --uid-owner 5 -j RETURN\nCOMMIT\n'
const OWNER = '/sbin/tool rejected `-A OUTPUT -m owner --uid-owner 5 -j RETURN`'

/** What the tools print (iptables 1.8.9, both backends; the last ones from public reports), and our words. */
const FAILURES: [stderr: string, problem: string, remedy?: string][] = [
  [
    'iptables-nft-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
    'it needs root with CAP_NET_ADMIN and CAP_NET_RAW (/sbin/tool)',
    'Run it as root with both, as docker run --cap-add=NET_ADMIN --cap-add=NET_RAW does. If it has them, it may be root of a user namespace that does not own this network namespace (in Kubernetes hostUsers: false)',
  ],
  [
    "Fatal: can't open lock file /run/xtables.lock: Permission denied",
    'the xtables lock file cannot be opened: permission denied (/sbin/tool)',
    'Run it as root. If it is root, a security module such as SELinux denies it: look into the audit log',
  ],
  [
    "Fatal: can't open lock file /run/xtables.lock: Read-only file system",
    'the xtables lock file cannot be opened (/sbin/tool)',
    'Make /run writable, the same /run for everyone who writes rules here',
  ],
  [
    'Another app is currently holding the xtables lock. Perhaps you want to use the -w option?',
    'another process holds the xtables lock (/sbin/tool)',
    'Retry, or wait longer with --wait 30s',
  ],
  [
    "iptables-restore v1.8.9 (legacy): Couldn't load match `owner':No such file or directory\n\nError occurred at line: 3",
    `the owner match is missing (${OWNER})`,
    'Load xt_owner, and install the iptables extensions',
  ],
  [
    'Warning: Extension owner revision 0 not supported, missing kernel module?\niptables-restore: line 4 failed',
    'the owner match is missing (/sbin/tool)',
    'Load xt_owner, and install the iptables extensions',
  ],
  [
    "iptables-restore v1.8.9 (nf_tables): Couldn't load match `comment':No such file or directory",
    'the comment match is missing (/sbin/tool)',
    'Load xt_comment and install the iptables extensions, or remove --comments',
  ],
  [
    "iptables-restore v1.8.9 (nf_tables): Can't find library for match `addrtype'",
    'the tool lacks an extension that a rule needs (/sbin/tool)',
    'Install the iptables extensions',
  ],
  [
    "iptables-restore v1.8.9 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
    'this kernel has no nat table for the legacy backend (/sbin/tool)',
    'Load iptable_nat (for IPv6 ip6table_nat), or use --backend nft',
  ],
  [
    'iptables-nft-save v1.8.7 (nf_tables): Could not fetch rule set generation id: Invalid argument',
    'this kernel has no nf_tables (/sbin/tool)',
    'Load nf_tables, or use --backend legacy',
  ],
  [
    'iptables/1.8.9 Failed to initialize nft: Protocol not supported',
    'this kernel has no nf_tables (/sbin/tool)',
    'Load nf_tables, or use --backend legacy',
  ],
  [
    'iptables-restore v1.8.9 (nf_tables): \nline 3: RULE_APPEND failed (Invalid argument): rule in chain OUTPUT',
    `the kernel refuses a value (${OWNER})`,
    'It may be an owner id that this user namespace does not map: see /proc/self/uid_map',
  ],
  [
    'iptables-restore v1.8.9 (nf_tables): \nline 3: RULE_APPEND failed (Operation not supported): rule in chain OUTPUT',
    `the kernel does not support what the rule needs (${OWNER})`,
    'Load nft_compat and the modules of its matches, or use --backend legacy',
  ],
  [
    'iptables-restore: line 2 failed',
    '/sbin/tool rejected `:A - [0:0]`',
    'The kernel may lack a match or target, and its log (dmesg) may say which. gVisor lacks the comment match and takes small tables only: remove --comments, use --compact',
  ],
  [
    'nsenter: reassociate to namespace failed: Operation not permitted',
    'the network namespace cannot be entered (/sbin/tool)',
    'Check that it exists, and that you are root',
  ],
  [
    'nsenter: cannot open /run/netns/x: No such file or directory',
    'the network namespace cannot be entered (/sbin/tool)',
    'Check that it exists, and that you are root',
  ],
  [
    'Warning: Extension comment revision 0 not supported, missing kernel module?',
    'the comment match is missing (/sbin/tool)',
    'Load xt_comment and install the iptables extensions, or remove --comments',
  ],
  [
    "iptables-restore v1.8.9 (legacy): Couldn't load match `multiport':No such file or directory",
    'the multiport match is missing (/sbin/tool)',
    'Load xt_multiport and install the iptables extensions, or remove --compact',
  ],
  [
    'Warning: Extension multiport revision 0 not supported, missing kernel module?',
    'the multiport match is missing (/sbin/tool)',
    'Load xt_multiport and install the iptables extensions, or remove --compact',
  ],
  [
    "iptables-restore v1.8.9 (legacy): Couldn't load target `REDIRECT':No such file or directory",
    'the REDIRECT target is missing (/sbin/tool)',
    'Load xt_REDIRECT, and install the iptables extensions',
  ],
  [
    'Warning: Extension REDIRECT revision 0 not supported, missing kernel module?',
    'the REDIRECT target is missing (/sbin/tool)',
    'Load xt_REDIRECT, and install the iptables extensions',
  ],
  [
    "iptables-restore v1.8.9 (legacy): Couldn't load match `addrtype':No such file or directory",
    'the tool lacks an extension that a rule needs (/sbin/tool)',
    'Install the iptables extensions',
  ],
  [
    "# Table `nat' is incompatible, use 'nft' tool.",
    'the nat table has rules that only nft shows (/sbin/tool)',
    'Look at `nft list ruleset`',
  ],
  [
    'line 3: RULE_INSERT failed (Operation not supported): rule in chain OUTPUT',
    `the kernel does not support what the rule needs (${OWNER})`,
    'Load nft_compat and the modules of its matches, or use --backend legacy',
  ],
  [
    'line 3: RULE_INSERT failed (Invalid argument): rule in chain OUTPUT',
    `the kernel refuses a value (${OWNER})`,
    'It may be an owner id that this user namespace does not map: see /proc/self/uid_map',
  ],
  ['iptables-restore: line 4 failed', '/sbin/tool failed with status 4'],
  ['what is this', '/sbin/tool failed with status 4'],
]

for (const [stderr, problem, remedy] of FAILURES)
  test(stderr, () => {
    const ended = { status: 4, stdout: '', stderr, late: false }
    assert.equal(failureOf('/sbin/tool', ended, DOCUMENT).diagnostic, {
      severity: 'error',
      problem,
      ...(remedy && { remedy }),
      detail: stderr,
    })
  })

test('a chain that has gone meanwhile is no reason to give up', () => {
  const stderr = "iptables-restore v1.8.9 (legacy): Couldn't load target `APISIX_INBOUND':No such file or directory"
  assert.is(isFinal({ status: 2, stdout: '', stderr, late: false }), false)
})

test('a signal, a tool that hangs, and one that does not end its output', () => {
  const ended = { status: null, stdout: '', stderr: '', late: false }
  assert.is(failureOf('/sbin/tool', ended).message, '/sbin/tool was ended by a signal.')
  assert.is(
    failureOf('/sbin/tool', { ...ended, excess: true }).message,
    '/sbin/tool printed more than 64 MB and was stopped.',
  )
  const { message } = failureOf('/sbin/tool', { ...ended, late: true })
  assert.is(message, '/sbin/tool did not end in time and was stopped. Use a longer --timeout.')
})

test.run()
