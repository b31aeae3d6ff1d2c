import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explain } from '../../src/engine/explain'
import { settled } from '../../src/engine/verdict'
import { parseSaved } from '../../src/ruleset/parse'
import type { Connection } from '../../src/trace/connection'
import { kubeProxy } from '../bench/engine'

const table = parseSaved(kubeProxy(50_000))

test('50,000 rules of services: too many to list, and that is an answer', () => {
  const { in: inbound, out: outbound } = explain(table, 'ipv4')
  assert.is(inbound, undefined)
  assert.is(outbound, undefined)
})

test('… one connection is explained: what chance decides is listed', () => {
  const connection: Connection = {
    way: 'out',
    family: 'ipv4',
    to: { address: '10.96.0.1', port: 81 },
    from: { address: '10.244.0.9', port: 50_000 },
    interface: 'eth0',
    isLocal: false,
    uid: 1000,
    gid: 1000,
  }
  assert.equal(settled({ verdict: 'unknown', why: 'a rule matches by chance' }, table, connection), {
    verdict: 'unknown',
    why: 'it goes by chance to 10.244.0.1:8080 or 10.244.0.1:8081, by foreign rules',
  })
})

test.run()
