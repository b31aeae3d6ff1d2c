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

test.run()
