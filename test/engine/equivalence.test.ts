import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { analyze } from '../../src/engine/analyze'
import { HOOKS } from '../../src/engine/conditions'
import { diff } from '../../src/engine/diff'
import { neverMatching } from '../../src/engine/reach'
import { interception } from '../../src/index'
import { renderDocument } from '../../src/render/render'
import { renderScript } from '../../src/render/script'
import { readRuleset } from '../../src/ruleset/read-any'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { declaration } from '../../src/ruleset/transaction'
import { interceptions } from '../options'
import { wantedOf } from '../ruleset/random'
import { fixture } from '../support'
import { tableFor } from '../trace/tables'

const USER = { uid: 501, gid: 20 }

function differences(one: Ruleset, other: Ruleset, family: 'ipv4' | 'ipv6' = 'ipv4') {
  return HOOKS.flatMap((hook) => diff(analyze([one, other], hook, family, { isManaged: () => false })).differences)
}

const ports = fc
  .array(
    fc.oneof(
      fc.integer({ min: 1, max: 65535 }),
      fc.tuple(fc.integer({ min: 1, max: 65000 }), fc.nat(500)).map(([first, more]) => `${first}-${first + more}`),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .map((list) => [...new Set(list)])

test('--compact changes how rules look, not what they do', () => {
  fc.assert(
    fc.property(ports, ports, (inboundPorts, outboundPorts) => {
      const table = (compact: boolean) =>
        tableFor(interception({ apisixUser: USER, inboundPorts, outboundPorts, compact }).interception)
      assert.equal(differences(table(false), table(true)), [])
    }),
    { numRuns: 200 },
  )
})

test('a script sets up what the document does', () => {
  fc.assert(
    fc.property(interceptions, (meant) => {
      const family = meant.ipv6 ? 'ipv6' : 'ipv4'
      const wanted = wantedOf(meant)
      const script = renderScript(wanted, meant, { version: '1.2.3', command: ['iptables'] }, 'apply')
      const document = renderDocument(declaration(wanted))
      assert.equal(differences(readRuleset(document, family), readRuleset(script, family), family), [])
    }),
    { numRuns: 200 },
  )
})

test('options that say they never match are those whose rules never do', () => {
  fc.assert(
    fc.property(ports, ports, (inboundPorts, outboundPorts) => {
      const { interception: model, warnings } = interception({ apisixUser: USER, inboundPorts, outboundPorts })
      const table = tableFor(model)
      const dead = HOOKS.flatMap((hook) => {
        const places = neverMatching(analyze([table], hook, 'ipv4'), 0)
        const ofHook = hook === 'PREROUTING' ? 'APISIX_INBOUND' : 'OUTPUT'
        return places.filter(({ chain }) => chain === ofHook)
      })
      assert.is(dead.length, warnings.filter(({ name }) => name === 'never-matches').length)
    }),
    { numRuns: 200 },
  )
})

test("the row of users of Istio does what Istio's rules do, but for what the README lists", () => {
  const istio = readRuleset(fixture('saved/istio.rules'))
  const ours = tableFor(
    interception({
      apisixUser: { uid: 1337, gid: 1337 },
      apisixPort: 15001,
      apisixInboundCapturePort: 15006,
      inboundPorts: '*',
      noSshExempt: true,
      inboundExcludePorts: [15008, 15020, 15021, 15090],
      outboundPorts: '*',
      excludeInterfaces: ['lo'],
      outboundExcludeUsers: [1337],
    }).interception,
  )
  const left = differences(istio, ours).map(({ way, connections, before }) => `${way} ${connections}: ${before}`)
  // What the proxy sends to this pod itself comes back to its inbound port, as Envoy needs it for calls to its own service.
  assert.equal(left, [
    'out TCP, not to port 15008, not to 127.0.0.1, not from 127.0.0.6, of uid 1337, out by lo: to::15006',
  ])
})

test.run()
