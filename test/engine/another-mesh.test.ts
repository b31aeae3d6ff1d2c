import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { analyze } from '../../src/engine/analyze'
import { HOOKS } from '../../src/engine/conditions'
import { diff } from '../../src/engine/diff'
import type { Family } from '../../src/ruleset/families'
import { readRuleset } from '../../src/ruleset/read-any'
import { load } from '../ruleset/simulate'
import { cli, fixture, words } from '../support'
import { savedText, tableOf } from '../trace/tables'

/** What the proxy's user does by lo, in IPv4: to a port or network, or from an address. */
const OWN = 'own pod: out TCP'
const istio = (ports: string, proxy = '127.0.0.1', source = '127.0.0.6') => [
  `${OWN} to ${ports}, not to ${proxy}, of uid 1337, out by lo: accept there, 15006 here`,
  `${OWN}, not to ${ports}, not to ${proxy}, from ${source}, of uid 1337, out by lo: accept there, 15006 here`,
]
const ISTIO = istio('port 15008')
/** What is not in 127.0.0.0/8, and 127.0.0.1, as far as a sentence lists it. */
const BUT_LOOPBACK =
  '0.0.0.0/2, 64.0.0.0/3, 96.0.0.0/4, 112.0.0.0/5, 120.0.0.0/6, 124.0.0.0/7, 126.0.0.0/8, 127.0.0.1, and 1 more'
const KUMA_POD = 'of uid 5678, out by lo: accept there, 15006 here'
const KUMA = `${OWN}, not to 127.0.0.1, from 127.0.0.6, ${KUMA_POD}`

/**
 * The rows of the table: what is written at the other mesh, and the ruleset in fixtures/saved that this made, whose first
 * lines say how; of a row for both families there is a second one, with a 6 behind its name. Then all that differs: the word that
 * the row has for it, the connections, and what becomes of them there and here.
 */
const SAVED: Record<string, [ruleset: string, ...differences: string[]]> = {
  'Istio -p 15001 -z 15006 -u 1337': ['istio-proxy', ...ISTIO],
  'Istio -g 2000': ['istio-gid', ...ISTIO],
  "Istio -b '*' -e 15009": ['istio-tunnel-port', ...istio('port 15009')],
  'Istio -b 80,443': ['istio-inbound-ports', ...ISTIO],
  "Istio -b '*' -d 8080": ['istio-inbound-exclude-ports', ...ISTIO],
  'Istio -q 80': ['istio-outbound-ports', ...ISTIO],
  "Istio -i '*' -o 3306": ['istio-outbound-exclude-ports', ...istio('ports 3306, 15008')],
  'Istio -i 10.0.0.0/8': ['istio-outbound-cidrs', ...ISTIO],
  'Istio -q 80 -i 10.0.0.0/8': ['istio-ports-or-cidrs', ...ISTIO],
  'Istio -i 127.1.2.3/32': [
    'istio-loopback',
    ...ISTIO,
    'own pod: out TCP to 127.1.2.3, from 127.0.0.6, not of uid 1337, not of gid 1337: accept there, 15001 here',
    `${OWN}, not to port 15008, not to 127.0.0.1, not from 127.0.0.6, not of uid 1337, of gid 1337, out by lo: 15006 there, accept here`,
  ],
  "Istio -i '*' -x 169.254.0.0/16": ['istio-outbound-exclude-cidrs', ...ISTIO],
  "Istio -b '*' -i '*' -c docker0": ['istio-exclude-interfaces', ...ISTIO],
  "Istio -b '*' -i '*' -k docker0": ['istio-reroute-interfaces', ...ISTIO],
  'Istio -q 80 -i 10.0.0.0/8 -k docker0': [
    'istio-reroute-ports',
    ...ISTIO,
    'rerouted: in TCP to port 80, not to 10.0.0.0/8, in by docker0: accept there, 15001 here',
  ],
  "Istio -i '*' -x 169.254.0.0/16 -o 3306 -k docker0": [
    'istio-reroute-excluded',
    ...istio('ports 3306, 15008'),
    'rerouted: in TCP to port 3306, in by docker0: 15001 there, accept here',
    'rerouted: in TCP, not to port 3306, to 169.254.0.0/16, in by docker0: 15001 there, accept here',
  ],
  "Istio -i '*' ISTIO_OUTBOUND_OWNER_GROUPS=202,203": ['istio-groups', ...ISTIO],
  "Istio -i '*' ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE=888": ['istio-exclude-groups', ...ISTIO],
  "Istio -i '*' ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR=127.0.0.0/8": [
    'istio-loopback-cidr',
    ...istio('port 15008', '127.0.0.0/8'),
    `${OWN}, not to ${BUT_LOOPBACK}, of uid 1337: accept there, 15006 here`,
  ],
  "Istio -i '*' --redirect-dns --capture-all-dns": [
    'istio-dns',
    ...istio('ports 53, 15008'),
    'DNS: out TCP to port 53, not from 127.0.0.6, not of uid 1337, not of gid 1337: 15053 there, accept here',
    'DNS: out TCP to port 53, from 127.0.0.6, not of uid 1337, not of gid 1337, not out by lo: 15053 there, accept here',
    'DNS: out TCP to port 53, not to 127.0.0.1, not from 127.0.0.6, not of uid 1337, of gid 1337, out by lo: 15006 there, accept here',
  ],
  "Istio -i '*' -b '*' -d 15090,15021,15020 --dual-stack": ['istio', ...ISTIO, ...istio('port 15008', '::1', '::6')],
  'Kuma --kuma-dp-user 5678 --redirect-outbound-port 15001 --redirect-inbound-port 15006': ['kuma', KUMA],
  'Kuma --exclude-inbound-ports 8080 --exclude-outbound-ports 3306': [
    'kuma-ports',
    `${OWN} to port 3306, not to 127.0.0.1, ${KUMA_POD}`,
    `${OWN}, not to port 3306, not to 127.0.0.1, from 127.0.0.6, ${KUMA_POD}`,
  ],
  'Kuma --exclude-inbound-ips 10.0.0.1 --exclude-outbound-ips 10.0.0.1,192.168.0.0/24': [
    'kuma-ips',
    `${OWN} to 10.0.0.1, 192.168.0.0/24, ${KUMA_POD}`,
    `${OWN}, not to 10.0.0.1, 127.0.0.1, 192.168.0.0/24, from 127.0.0.6, ${KUMA_POD}`,
  ],
  'Kuma --exclude-outbound-ports-for-uids tcp:80,443:1000': ['kuma-uids', KUMA],
  'Kuma --exclude-outbound-ports-for-uids 1 --exclude-outbound-ports-for-uids 2-3:4-5': ['kuma-uid-ranges', KUMA],
  'Kuma redirect.inbound.includePorts: [80] redirect.outbound.includePorts: [443]': ['kuma-include-ports', KUMA],
  'Kuma --redirect-inbound=false': ['kuma-no-inbound', KUMA],
  'Kuma redirect.outbound.enabled: false': ['kuma-no-outbound'],
  'Kuma --vnet docker0:172.17.0.0/16': [
    'kuma-vnet',
    KUMA,
    'rerouted: in TCP to 172.17.0.0/16, in by docker0: 15006 there, 15001 here',
  ],
  'Kuma --redirect-inbound-insert-instead-of-append --redirect-outbound-insert-instead-of-append': [
    'kuma-insert',
    `${OWN} to port 3306, not to 127.0.0.1, from 127.0.0.6, ${KUMA_POD.replace('accept', '3307')}`,
    `${OWN}, not to port 3306, not to 127.0.0.1, from 127.0.0.6, ${KUMA_POD}`,
  ],
  'Kuma --redirect-all-dns-traffic': ['kuma-dns', KUMA],
  'Kuma --ip-family-mode dualstack': ['kuma', KUMA, KUMA.replace('127.0.0.1', '::1').replace('127.0.0.6', '::6')],
  'Linkerd -p 4143 -o 4140 -u 2102': ['linkerd'],
  'Linkerd -g 2102': ['linkerd-gid'],
  'Linkerd -r 80,443': ['linkerd-listed-ports'],
  'Linkerd --inbound-ports-to-ignore 4190-4191,4567 --outbound-ports-to-ignore 4567-4568': ['linkerd-ports'],
  'Linkerd --subnets-to-ignore 10.0.0.0/8': ['linkerd-subnets'],
  'Linkerd --ipv6=true': ['linkerd'],
  'Consul -proxy-uid 1234 -proxy-inbound-port 20000': ['consul'],
  'Consul -proxy-outbound-port 15002': ['consul-outbound-port'],
  'Consul -exclude-inbound-port 9102 -exclude-outbound-port 8500': ['consul-ports'],
  'Consul -exclude-outbound-cidr 10.0.0.0/8 -exclude-uid 5678': ['consul-cidrs'],
  'Consul -consul-dns-ip 10.96.0.10': ['consul-dns', 'DNS: out TCP to port 53: to:10.96.0.10 there, accept here'],
}

const DOCUMENT = readFileSync('src/interception/README.md', 'utf8')
const [, section = ''] = /^## Coming from another mesh$(.*)/ms.exec(DOCUMENT) ?? []
const codesIn = (cell = '') => [...cell.matchAll(/`([^`]*)`/g)].map(([, code = '']) => code)
const codeIn = (cell = '') => codesIn(cell).join(' ')
const REPLACED = /(?:instead of|without) .*/

/** The table as it stands in the document. */
const ROWS = [...section.matchAll(/^\| (\w+) (`.*?) \| (.*?) \| (.*?) \|$/gm)].map(
  ([, mesh = '', theirs, ours = '', differs = '']) => ({
    mesh,
    theirs: codeIn(theirs),
    ours: codeIn(ours.replace(REPLACED, '')),
    /** What the first row of the mesh has and this one has not. */
    lacks: codesIn(REPLACED.exec(ours)?.[0]),
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

  test(`${row.mesh} ${row.theirs}: ${row.differs.join() || 'the same'}`, async () => {
    const both = row === first ? [row] : [{ ...first, ours: lacking(first.ours, row.lacks) }, row]
    const options = both.map((each) => each.ours).join(' ')
    const isDual = both.some((each) => each.ours.includes('--ip-family dual'))
    const families: Family[] = isDual ? ['ipv4', 'ipv6'] : ['ipv4']
    const theirs = families.map((family) => fixture(`saved/${ruleset}${family === 'ipv6' ? '6' : ''}.rules`))
    assert.match(madeBy(theirs.at(-1)), both.map((each) => each.theirs).join(' '))
    const ours = await rulesOf(options, theirs.join(''))
    const found = families.flatMap((family, at) => differences(theirs[at] as string, ours, family))
    assert.equal(found.sort(), differs.map((each) => each.replace(/^.*?: /, '')).sort())
    assert.equal(row.differs.sort(), [...new Set(differs.map((each) => each.replace(/: .*/, '')))].sort())
  })
}

/** The rules of the options, beside those of another program that the other mesh's ruleset has too. */
async function rulesOf(options: string, theirs: string): Promise<string> {
  const foreign = theirs.match(/(?<=^-A ).* --comment beside .*$/gm)
  if (!foreign) return (await cli(words(`iptables ${options} --dry-run`))).stdout
  const table = tableOf(...foreign)
  const { stdout } = await cli(words(`iptables ${options} --from -`), { stdin: savedText(table) })
  return savedText(load(table, stdout))
}

/** Options without some pieces, which all are there. */
function lacking(options: string, pieces: string[]): string {
  return pieces.reduce((left, piece) => {
    assert.ok(left.includes(piece), `the first row has ${piece}`)
    return left.replace(piece, '')
  }, options)
}

/** What the first lines of a saved ruleset say of how it was made. */
const madeBy = (saved = '') =>
  saved
    .replace(/# Generated.*/s, '')
    .replace(/^# /gm, '')
    .replaceAll('\n', ' ')

const portOf = (outcomes: string[]) => outcomes.map((outcome) => outcome.replace(/^to::/, '')).join(' or ')

function differences(theirs: string, ours: string, family: Family): string[] {
  const rulesets = [theirs, ours].map((text) => readRuleset(text, family))
  return HOOKS.flatMap((hook) => {
    const { differences, isCut } = diff(analyze(rulesets, hook, family, { isManaged: () => false }))
    assert.not.ok(isCut)
    return differences.map(
      ({ way, connections, before, after }) => `${way} ${connections}: ${portOf(before)} there, ${portOf(after)} here`,
    )
  })
}

test.run()
