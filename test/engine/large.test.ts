import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { explain } from '../../src/engine/explain'
import { settled } from '../../src/engine/verdict'
import { parseSaved } from '../../src/ruleset/parse'
import type { Connection } from '../../src/trace/connection'
import { kubeProxy } from '../bench/engine'
import { rulesetOf } from '../ruleset/texts'

const table = parseSaved(kubeProxy(50_000))

test('50,000 rules of services: too many to list, and that is an answer; all of them match something', () => {
  assert.equal(explain(table, 'ipv4'), { in: undefined, out: undefined, neverMatching: [] })
})

test('a table that takes too much to put into sentences: rules that never match are found all the same', () => {
  const chains = Array.from({ length: 1_000 }, (_, at) => `C${at}`)
  const rules = Array.from({ length: 25_000 }, (_, at) => `-d 10.1.${at >> 8}.${at & 255}/32 -g C${at % 1_000}`)
  const table = rulesetOf([
    ...chains.map(
      (chain, at) => [chain, [`-p tcp -m tcp --dport ${at + 1} -j REDIRECT --to-ports ${at + 1}`]] as const,
    ),
    ['OUTPUT', [...rules, '-d 10.1.0.0/28 -j ACCEPT']],
  ])
  const { out, neverMatching } = explain(table, 'ipv4')
  assert.equal({ out, neverMatching }, { out: undefined, neverMatching: [{ chain: 'OUTPUT', at: 25_000 }] })
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
