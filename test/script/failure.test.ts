import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failureOf, isFinal } from '../../src/netfilter/failure'
import { EMPTY, script } from './example'
import { standIns } from './stand-ins'

/** Words of the tools; what they mean is said as the program says it. */
const WORDS = [
  'iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
  "Fatal: can't open lock file /run/xtables.lock: Permission denied",
  "Fatal: can't open lock file /run/xtables.lock: Read-only file system",
  'Another app is currently holding the xtables lock; still 1s 0us time ahead to have a chance to grab the lock...',
  "iptables-restore v1.8.9 (nf_tables): Couldn't load match `owner':No such file or directory",
  'Warning: Extension owner revision 0 not supported, missing kernel module?',
  "iptables-restore v1.8.9 (legacy): Couldn't load target `REDIRECT':No such file or directory",
  'Warning: Extension REDIRECT revision 0 not supported, missing kernel module?',
  "iptables-restore v1.8.9 (legacy): iptables-restore: unable to initialize table 'nat'",
  "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
  'iptables/1.8.9 Failed to initialize nft: Protocol not supported',
  'iptables-nft-save v1.8.7 (nf_tables): Could not fetch rule set generation id: Invalid argument',
  "iptables-restore v1.8.9 (nf_tables): table `nat' is incompatible, use 'nft' tool.",
  'iptables-restore v1.8.9 (nf_tables): \nline 4: RULE_APPEND failed (Invalid argument): rule in chain OUTPUT',
  'iptables-restore v1.8.9 (nf_tables): \nline 2: CHAIN_USER_ADD failed (File exists): chain APISIX_REDIRECT',
  'Error occurred at line: 3',
  'iptables-restore: line 5 failed',
  'what is this',
]

for (const words of WORDS)
  test(words, () => {
    const stand = standIns({
      save: 'exec cat "$HERE/live"',
      restore: 'cat >"$HERE/sent"; cat "$HERE/words" >&2; exit 4',
    })
    stand.put('live', EMPTY)
    stand.put('words', `${words}\n`)
    const { stderr, status } = stand.run(['sh'], script)
    const ended = { status: 4, stdout: '', stderr: words, late: false }
    const { message } = failureOf(`${stand.environment.IPTABLES}-restore`, ended, stand.sent())
    const sentences = message.replace('--wait 30s', 'WAIT=30').replace('--backend ', 'IPTABLES=iptables-')
    assert.is(stderr, `apisix-mesh-agent: error: ${sentences} Nothing was changed.\n${words}\n`)
    assert.is(status, 1)
    assert.is(stand.started().filter((line) => line.startsWith('restore')).length, isFinal(ended) ? 1 : 21)
  })

test.run()
