import fc from 'fast-check'
import type { Family } from '../../../src/ruleset/families'
import { optionsFrom, type Pools } from '../../options'
import type { Connection } from './sidecar'

/** Random options, random foreign rules beside them, and random connections to try them with. */
export interface Draw {
  family: Family
  options: string[]
  /** Documents that are loaded before and behind ours. */
  before: string[]
  behind: string[]
  connections: [from: Connection[0], to: Connection[1]][]
}

const PORTS = ['22', '80', '443', '8080', '8443', '7777', '79-81', '8000-8100', '1-1000', '400-500', '8443-65535']
const IDS = ['0', '7', '501', '1000', '2000', '500-1500', '2000-3000']
const CIDRS = {
  ipv4: ['10.77.0.0/24', '10.77.0.1', '10.77.0.2/31', '127.0.0.0/8', '127.0.0.1', '192.0.2.0/24', '10.0.0.0/8'],
  ipv6: ['fd77::/64', 'fd77::1', 'fd77::2/127', '::1', 'fd78::/16', '2001:db8::/32'],
}
const HOSTS = {
  ipv4: { app: ['app', 'alias', 'localhost', 'loopback2', 'outside'], outside: ['app', 'alias'] },
  ipv6: { app: ['app6', 'localhost6', 'outside6'], outside: ['app6'] },
}
const TRIED = [22, 80, 81, 443, 500, 501, 7777, 8000, 8080, 8100, 8101, 8443, 8444]
const OWNERS = ['501:20', '501:1000', '1000:20', '1000:1000', '2000:2000', '7:7', '1500:501'] as const

/** Values that the connections meet. */
const POOLS: Pools = {
  port: fc.constantFrom('9080', '9081'),
  range: fc.constantFrom(...PORTS),
  id: fc.constantFrom(...IDS),
  owners: fc.constantFrom('501:20', '501:501', '1000:20', '7:7', '501:none', '501:20,1000:none', '7:7,501:20'),
  network: (family) => fc.constantFrom(...CIDRS[family]),
  interface: fc.constantFrom('lo', 'eth0', 'eth+', 'docker0', 'l+'),
}

const OWN = { ipv4: '10.77.0.2:22', ipv6: '[fd77::2]:22' }

/** Rules of others that decide, pass, jump, go and return, in the chains that we use too. */
const others = (family: Family) =>
  fc.uniqueArray(
    fc.constantFrom(
      '-A OUTPUT -p tcp -m tcp --dport 443 -j ACCEPT',
      `-A OUTPUT -p tcp -m multiport --dports 80,8080:8100 -j DNAT --to-destination ${OWN[family]}`,
      '-A OUTPUT -p tcp -m owner --uid-owner 1000-1600 -m tcp ! --dport 80 -j REDIRECT --to-ports 22',
      '-A OUTPUT -m addrtype --dst-type LOCAL -j THEIRS',
      '-A OUTPUT ! -o lo -p tcp -g THEIRS',
      '-A OUTPUT -m owner ! --gid-owner 20 -m comment --comment "counts only"',
      '-A OUTPUT -p udp -j ACCEPT',
      '-A PREROUTING -p tcp -m conntrack --ctstate NEW -m tcp --dport 80:443 -j THEIRS',
      '-A PREROUTING -i eth+ -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -g THEIRS',
      '-A PREROUTING ! -i eth0 -j ACCEPT',
      `-A PREROUTING -p tcp -m tcp --dport 8443 -j DNAT --to-destination ${OWN[family]}`,
      '-A PREROUTING -m addrtype ! --dst-type LOCAL -j ACCEPT',
    ),
    { maxLength: 3 },
  )

const THEIRS = `*nat
:THEIRS - [0:0]
-A THEIRS ! -i eth0 -p tcp -m tcp --dport 80 -j RETURN
-A THEIRS -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 22
-A THEIRS -p tcp -m tcp --dport 7777 -j ACCEPT
COMMIT
`

const connection = (family: Family) =>
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.tuple(
        fc.constantFrom(...OWNERS).map((owner) => `app ${owner}` as const),
        fc.constantFrom(...HOSTS[family].app),
      ),
    },
    fc.tuple(fc.constant('outside 1000:1000' as const), fc.constantFrom(...HOSTS[family].outside)),
  )

/** A ruleset, and so many connections. */
export const drawsOf = (family: Family, connections: number): fc.Arbitrary<Draw> =>
  fc
    .record({
      options: optionsFrom(POOLS, family),
      before: others(family),
      behind: others(family),
      connections: fc.array(fc.tuple(connection(family), fc.constantFrom(...TRIED)), {
        minLength: connections,
        maxLength: connections,
      }),
    })
    .map(({ options, before, behind, connections }) => ({
      family,
      options,
      before: [THEIRS, document(before)],
      behind: [document(behind)],
      connections: connections.map(([[from, host], port]) => [from, `${host}:${port}`]),
    }))

const document = (rules: string[]) => `*nat\n${rules.map((rule) => `${rule}\n`).join('')}COMMIT\n`
