import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BackendName } from '../../src/netfilter/backend'
import { checkCapabilities } from '../../src/precheck/capabilities'

/** A uid, CapEff and CapAmb as /proc/self/status shows them, the backends, and what that comes to. */
const CASES: [uid: number, effective: string, ambient: string, backends: BackendName[], state: string, text: RegExp][] =
  [
    [0, '000001ffffffffff', '0', ['legacy'], 'ok', /CAP_NET_ADMIN and CAP_NET_RAW, uid 0/],
    [0, '0000000000003000', '0', ['nft', 'legacy'], 'ok', /uid 0/],
    [0, '0000000000000000', '0', ['nft'], 'fault', /cannot give CAP_NET_ADMIN and CAP_NET_RAW to/],
    [0, '0000000000002000', '0', ['nft'], 'fault', /cannot give CAP_NET_ADMIN to/],
    [0, '0000000000001000', '0', ['legacy'], 'fault', /cannot give CAP_NET_RAW to/],
    [0, '0000000000001000', '0', ['nft', 'legacy'], 'fault', /cannot give CAP_NET_RAW to/],
    [0, '0000000000001000', '0', ['nft'], 'warning', /cannot give CAP_NET_RAW to/],
    [501, '0000000000003000', '0000000000003000', ['nft'], 'ok', /uid 501/],
    [501, '0000000000003000', '0000000000000000', ['nft'], 'fault', /uid 501 cannot give CAP_NET_ADMIN/],
  ]

for (const [uid, effective, ambient, backends, state, text] of CASES)
  test(`uid ${uid}, CapEff ${effective}, CapAmb ${ambient}, ${backends}`, () => {
    const status = `Name:\tnode\nUid:\t${uid}\t0\t0\t0\nCapPrm:\t0\nCapEff:\t${effective}\nCapBnd:\t0\nCapAmb:\t${ambient}\n`
    const [check] = checkCapabilities(status, backends)
    assert.is(check?.state, state)
    assert.match(check?.text ?? '', text)
    assert.is(check?.remedy === undefined, state === 'ok')
  })

test('where /proc does not tell', () => assert.is(checkCapabilities('', ['nft'])[0]?.state, 'warning'))

test.run()
