import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explainFailure } from '../../src/netfilter/failure'

const DOCUMENT = '*nat\n:A - [0:0]\n-A OUTPUT -m owner --uid-owner 5 -j RETURN\nCOMMIT\n'

/** What the tools print (iptables 1.8.9, both backends), their status, and our sentence. */
const FAILURES: [stderr: string, status: number, sentence: string][] = [
  [
    'iptables-nft-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
    4,
    'failed with status 4; it takes root, with CAP_NET_ADMIN and CAP_NET_RAW',
  ],
  [
    'iptables-save v1.8.9 (legacy): Cannot initialize: Permission denied (you must be root)',
    1,
    'failed with status 1; it takes root, with CAP_NET_ADMIN and CAP_NET_RAW',
  ],
  [
    "Fatal: can't open lock file /run/xtables.lock: Permission denied",
    4,
    'failed with status 4; it takes root, with CAP_NET_ADMIN and CAP_NET_RAW',
  ],
  [
    "Fatal: can't open lock file /run/xtables.lock: Read-only file system",
    4,
    'failed with status 4; the xtables lock file cannot be opened: make /run writable, the same for all who write rules here',
  ],
  [
    'Another app is currently holding the xtables lock. Perhaps you want to use the -w option?',
    4,
    'failed with status 4; another program holds the xtables lock: try again, or wait longer with --wait',
  ],
  [
    "iptables-restore v1.8.9 (legacy): Couldn't load match `owner':No such file or directory\n\nError occurred at line: 3",
    2,
    'rejected `-A OUTPUT -m owner --uid-owner 5 -j RETURN`; the owner match is missing: load xt_owner, and install the iptables extensions',
  ],
  [
    'Warning: Extension owner revision 0 not supported, missing kernel module?\niptables-restore: line 4 failed',
    1,
    'failed with status 1; the owner match is missing: load xt_owner, and install the iptables extensions',
  ],
  [
    "iptables-restore v1.8.9 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
    3,
    'failed with status 3; this kernel has no nat table for it: load iptable_nat, for IPv6 ip6table_nat (legacy), or nf_tables (nft)',
  ],
  [
    'iptables-restore v1.8.9 (nf_tables): \nline 3: RULE_APPEND failed (Invalid argument): rule in chain OUTPUT',
    4,
    'rejected `-A OUTPUT -m owner --uid-owner 5 -j RETURN`; the kernel refuses a value: an owner id that the user namespace does not map (/proc/self/uid_map), perhaps',
  ],
  ['iptables-restore: line 2 failed', 1, 'rejected `:A - [0:0]`; the kernel rejected the document'],
  ['iptables-restore: line 4 failed', 1, 'failed with status 1; the kernel rejected the document'],
  ['what is this', 7, 'failed with status 7'],
]

for (const [stderr, status, sentence] of FAILURES)
  test(stderr, () => {
    const ended = { status, stdout: '', stderr, late: false }
    assert.is(explainFailure('/sbin/tool', ended, DOCUMENT), `/sbin/tool ${sentence}`)
  })

test('a signal, and a tool that hangs', () => {
  const ended = { status: null, stdout: '', stderr: '', late: false }
  assert.is(explainFailure('/sbin/tool', ended), '/sbin/tool was ended by a signal')
  assert.is(
    explainFailure('/sbin/tool', { ...ended, late: true }),
    '/sbin/tool did not end in time and was stopped (--timeout)',
  )
})

test.run()
