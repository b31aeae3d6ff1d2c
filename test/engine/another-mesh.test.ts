import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { analyze } from '../../src/engine/analyze'
import { HOOKS } from '../../src/engine/conditions'
import { diff } from '../../src/engine/diff'
import type { Family } from '../../src/interception/families'
import { isForBoth, readRuleset } from '../../src/ruleset/read-any'
import { README } from '../readme/blocks'
import { cli, fixture, words } from '../support'

const ISTIO =
  'own pod: out TCP, not to port 15008, not to 127.0.0.1, not from 127.0.0.6, of uid 1337, out by lo -> 15006'
const KUMA_POD = 'of uid 5678, out by lo -> 15006'
const KUMA_GROUP = 'not of uid 5678, of gid 5678, not out by lo -> 15001'
const KUMA = [`group: out TCP, ${KUMA_GROUP}`, `own pod: out TCP, not to 127.0.0.1, not from 127.0.0.6, ${KUMA_POD}`]
const LINKERD_GROUP = 'not of uid 2102, of gid 2102, not out by lo -> 4140'
const LINKERD = `group: out TCP, ${LINKERD_GROUP}`
const CONSUL_GROUP = 'not of uid 1234, of gid 1234 -> 15001'
/** What is in 127.0.0.0/8 goes out by lo alone, and so is listed apart; all of it but 127.0.0.1. */
const CONSUL_LOOPBACK =
  'not to 0.0.0.0/2, 64.0.0.0/3, 96.0.0.0/4, 112.0.0.0/5, 120.0.0.0/6, 124.0.0.0/7, 126.0.0.0/8, 127.0.0.1, and 1 more'

/**
 * The rows of the README's table: what is written at the other mesh, and the ruleset in fixtures/saved that this made, whose first
 * lines say how; of a row for both families there is a second one, with a 6 behind its name. Then all that differs: the word that
 * the row has for it, connections that bypass the proxy here, and the port that they are redirected to there.
 */
const SAVED: Record<string, [ruleset: string, ...differences: string[]]> = {
  'Istio -p 15001 -z 15006 -u 1337': ['istio-proxy', ISTIO],
  'Istio -b 80,443': ['istio-inbound-ports', ISTIO],
  "Istio -b '*' -d 8080": ['istio-inbound-exclude-ports', ISTIO],
  'Istio -q 80': ['istio-outbound-ports', ISTIO],
  "Istio -i '*' -o 3306": ['istio-outbound-exclude-ports', ISTIO.replace('port 15008', 'ports 3306, 15008')],
  'Istio -i 10.0.0.0/8': ['istio-outbound-cidrs', ISTIO],
  "Istio -i '*' -x 169.254.0.0/16": ['istio-outbound-exclude-cidrs', ISTIO],
  "Istio -b '*' -i '*' -c docker0": ['istio-exclude-interfaces', ISTIO],
  "Istio -i '*' -b '*' -d 15090,15021,15020 --dual-stack": [
    'istio',
    ISTIO,
    ISTIO.replace('127.0.0.1', '::1').replace('127.0.0.6', '::6'),
  ],
  'Kuma --kuma-dp-user 5678 --redirect-outbound-port 15001 --redirect-inbound-port 15006': ['kuma', ...KUMA],
  'Kuma --exclude-inbound-ports 8080 --exclude-outbound-ports 3306': [
    'kuma-ports',
    `group: out TCP, not to port 3306, ${KUMA_GROUP}`,
    `own pod: out TCP, not to port 3306, not to 127.0.0.1, not from 127.0.0.6, ${KUMA_POD}`,
  ],
  'Kuma --exclude-inbound-ips 10.0.0.1 --exclude-outbound-ips 10.0.0.1,192.168.0.0/24': [
    'kuma-ips',
    `group: out TCP, not to 10.0.0.1, 127.0.0.0/8, 192.168.0.0/24, ${KUMA_GROUP}`,
    `own pod: out TCP, not to 10.0.0.1, 127.0.0.1, 192.168.0.0/24, not from 127.0.0.6, ${KUMA_POD}`,
  ],
  'Kuma --exclude-outbound-ports-for-uids tcp:80,443:1000': [
    'kuma-uids',
    `group: out TCP, not to ports 80, 443, ${KUMA_GROUP}`,
    `group: out TCP to ports 80, 443, ${KUMA_GROUP.replace('uid 5678', 'uid 1000, 5678')}`,
    `own pod: out TCP, not to 127.0.0.1, not from 127.0.0.6, ${KUMA_POD}`,
  ],
  'Kuma --ip-family-mode dualstack': [
    'kuma',
    ...KUMA,
    ...KUMA.map((each) => each.replace('127.0.0.1', '::1').replace('127.0.0.6', '::6')),
  ],
  'Linkerd -p 4143 -o 4140 -u 2102': ['linkerd', LINKERD],
  'Linkerd -g 2102': ['linkerd-gid'],
  'Linkerd --inbound-ports-to-ignore 4190-4191,4567 --outbound-ports-to-ignore 4567-4568': [
    'linkerd-ports',
    `group: out TCP, not to ports 4567-4568, ${LINKERD_GROUP}`,
  ],
  'Linkerd --subnets-to-ignore 10.0.0.0/8': ['linkerd-subnets', LINKERD],
  'Linkerd --ipv6=true': ['linkerd', LINKERD, LINKERD],
  'Consul -proxy-uid 1234 -proxy-inbound-port 20000': [
    'consul',
    `group: out TCP, not to 127.0.0.0/8, ${CONSUL_GROUP}`,
    `group: out TCP, ${CONSUL_LOOPBACK}, ${CONSUL_GROUP}`,
  ],
  'Consul -exclude-inbound-port 9102 -exclude-outbound-port 8500': [
    'consul-ports',
    `group: out TCP, not to port 8500, not to 127.0.0.0/8, ${CONSUL_GROUP}`,
    `group: out TCP, not to port 8500, ${CONSUL_LOOPBACK}, ${CONSUL_GROUP}`,
  ],
  'Consul -exclude-outbound-cidr 10.0.0.0/8 -exclude-uid 5678': [
    'consul-cidrs',
    `group: out TCP, not to 10.0.0.0/8, 127.0.0.0/8, ${CONSUL_GROUP.replace('uid 1234', 'uid 1234, 5678')}`,
    `group: out TCP, ${CONSUL_LOOPBACK}, ${CONSUL_GROUP.replace('uid 1234', 'uid 1234, 5678')}`,
  ],
}

const [, section = ''] = /^## Coming from another mesh$(.*?)^## /ms.exec(README) ?? []
const codeIn = (cell = '') => [...cell.matchAll(/`([^`]*)`/g)].map(([, code]) => code).join(' ')

/** The table as it stands in the README. */
const ROWS = [...section.matchAll(/^\| (\w+) (`.*?) \| (.*?) \| (.*?) \|$/gm)].map(
  ([, mesh = '', theirs, ours, differs = '']) => ({
    mesh,
    theirs: codeIn(theirs),
    ours: codeIn(ours),
    differs: differs.split(', ').filter((word) => word !== '–'),
  }),
)

test('every row of the table has its saved ruleset', () => {
  assert.equal(
    ROWS.map(({ mesh, theirs }) => `${mesh} ${theirs}`),
    Object.keys(SAVED),
  )
})

for (const row of ROWS) {
  const [ruleset = '', ...differs] = SAVED[`${row.mesh} ${row.theirs}`] ?? []
  // The first row of a mesh goes with each of its others.
  const first = ROWS.find(({ mesh }) => mesh === row.mesh) ?? row
  const both = row === first ? [row] : [first, row]

  test(`${row.mesh} ${row.theirs}: ${row.differs.join() || 'the same'}`, async () => {
    const { stdout: ours } = await cli(words(`iptables ${both.map((each) => each.ours).join(' ')} --dry-run`))
    const families: Family[] = isForBoth(ours) ? ['ipv4', 'ipv6'] : ['ipv4']
    const theirs = families.map((family) => fixture(`saved/${ruleset}${family === 'ipv6' ? '6' : ''}.rules`))
    assert.match(madeBy(theirs.at(-1)), both.map((each) => each.theirs).join(' '))
    const found = families.flatMap((family, at) => differences(theirs[at] as string, ours, family))
    assert.equal(found.sort(), differs.map((each) => each.replace(/^.*?: /, '')).sort())
    assert.equal(row.differs.sort(), [...new Set(differs.map((each) => each.replace(/: .*/, '')))].sort())
  })
}

/** What the first lines of a saved ruleset say of how it was made. */
const madeBy = (saved = '') =>
  saved
    .replace(/# Generated.*/s, '')
    .replace(/^# /gm, '')
    .replaceAll('\n', ' ')

function differences(theirs: string, ours: string, family: Family): string[] {
  const rulesets = [theirs, ours].map((text) => readRuleset(text, family))
  return HOOKS.flatMap((hook) => {
    const { differences, isCut } = diff(analyze(rulesets, hook, family, { isManaged: () => false }))
    assert.not.ok(isCut)
    return differences.map(({ way, connections, before, after }) => {
      assert.equal(after, ['accept'], connections)
      return `${way} ${connections} -> ${before.map((outcome) => outcome.replace(/^to::/, '')).join(' or ')}`
    })
  })
}

test.run()
