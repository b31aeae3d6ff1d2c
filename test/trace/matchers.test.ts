import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Rule } from '../../src/ruleset/rule'
import type { Connection } from '../../src/trace/connection'
import { evaluateMatch } from '../../src/trace/matchers'

const UNKNOWN = { from: undefined, interface: undefined, isLocal: undefined, uid: undefined, gid: undefined }
const OUT: Connection = {
  ...UNKNOWN,
  way: 'out',
  family: 'ipv4',
  to: { address: '10.0.0.5', port: 443 },
  interface: 'eth0',
  isLocal: false,
  uid: 1000,
  gid: 100,
}
const IN: Connection = {
  ...UNKNOWN,
  way: 'in',
  family: 'ipv4',
  to: { address: '192.0.2.1', port: 80 },
  from: { address: '192.0.2.7', port: 5555 },
  interface: 'eth1',
  isLocal: true,
}
const OUT6: Connection = { ...OUT, family: 'ipv6', to: { address: 'fd00::5', port: 443 } }
const IN6: Connection = {
  ...IN,
  family: 'ipv6',
  to: { address: 'fd00::1', port: 80 },
  from: { address: 'fd00::7', port: 5555 },
}
const BARE_OUT: Connection = { ...OUT, ...UNKNOWN }
const BARE_IN: Connection = {
  ...IN,
  ...UNKNOWN,
  to: { address: undefined, port: 80 },
  from: { address: '192.0.2.7', port: undefined },
}
const LOOPBACK: Connection = { ...OUT, to: { address: '127.0.0.1', port: 80 }, interface: 'lo', isLocal: true }
const FORWARDED: Connection = { ...IN, isLocal: false }

/** A condition, a connection, whether it holds, and why. */
type Case = [condition: string, connection: Connection, holds: boolean | undefined, why: string]

const KNOWN: Case[] = [
  ['-p tcp', OUT, true, 'it is TCP'],
  ['-p udp', OUT, false, 'TCP is not udp'],
  ['-m addrtype --src-type LOCAL', OUT, true, 'the source is an address of this machine'],
  ['-m addrtype --src-type LOCAL', IN, false, 'the source is not an address of this machine'],
  ['! -p udp', OUT, true, 'TCP is not udp'],
  ['! -p ipv6', IN, true, 'TCP is not ipv6'],

  ['-d 10.0.0.5/32', OUT, true, '10.0.0.5 is 10.0.0.5'],
  ['! -d 10.0.0.5/32', OUT, false, '10.0.0.5 is 10.0.0.5'],
  ['-d 10.0.0.5', OUT, true, '10.0.0.5 is 10.0.0.5'],
  ['-d 10.0.0.6/32', OUT, false, '10.0.0.5 is not 10.0.0.6'],
  ['-d 10.0.0.0/8', OUT, true, '10.0.0.5 is in 10.0.0.0/8'],
  ['-d 10.0.0.0/29', OUT, true, '10.0.0.5 is in 10.0.0.0/29'],
  ['-d 10.0.0.0/30', OUT, false, '10.0.0.5 is not in 10.0.0.0/30'],
  ['! -d 10.0.0.0/30', OUT, true, '10.0.0.5 is not in 10.0.0.0/30'],
  ['-d 0.0.0.0/0', OUT, true, '10.0.0.5 is in 0.0.0.0/0'],
  ['-d 10.0.0.0/255.0.255.0', OUT, undefined, 'explain does not support the mask of 10.0.0.0/255.0.255.0'],
  ['! -d 10.0.0.0/255.0.255.0', OUT, undefined, 'explain does not support the mask of 10.0.0.0/255.0.255.0'],
  ['-d 10.0.0.5/32', BARE_IN, undefined, 'the destination address is not given: --to ADDRESS:PORT'],
  ['-s 192.0.2.0/24', IN, true, '192.0.2.7 is in 192.0.2.0/24'],
  ['! -s 192.0.2.0/24', IN, false, '192.0.2.7 is in 192.0.2.0/24'],
  ['-s 10.0.0.0/8', OUT, undefined, 'the source address is not given'],
  ['! -s 10.0.0.0/8', OUT, undefined, 'the source address is not given'],
  ['-d fd00::/8', OUT6, true, 'fd00::5 is in fd00::/8'],
  ['-d fd00::5/128', OUT6, true, 'fd00::5 is fd00::5'],
  ['! -d ::1/128', OUT6, true, 'fd00::5 is not ::1'],
  ['-s 2001:db8::/32', IN6, false, 'fd00::7 is not in 2001:db8::/32'],
  ['-s fd00::/ffff::', IN6, undefined, 'explain does not support the mask of fd00::/ffff::'],
  ['-d 10.0.0.0/8', OUT6, false, 'fd00::5 is not in 10.0.0.0/8'],
  ['-d fd00::/8', OUT, false, '10.0.0.5 is not in fd00::/8'],

  ['-o eth0', OUT, true, 'eth0 is eth0'],
  ['! -o eth0', OUT, false, 'eth0 is eth0'],
  ['-o eth', OUT, false, 'eth0 is not eth'],
  ['-o eth+', OUT, true, 'eth0 is eth+'],
  ['-o e+', OUT, true, 'eth0 is e+'],
  ['-o eth0+', OUT, true, 'eth0 is eth0+'],
  ['-o eth00+', OUT, false, 'eth0 is not eth00+'],
  ['-o br-+', OUT, false, 'eth0 is not br-+'],
  ['-o lo', LOOPBACK, true, 'lo is lo'],
  ['-o lo', BARE_OUT, undefined, 'the interface is not given: --interface NAME'],
  ['! -o lo', BARE_OUT, undefined, 'the interface is not given: --interface NAME'],
  ['-o lo', { ...BARE_OUT, isLocal: false }, false, 'the interface is not lo'],
  ['! -o lo', { ...BARE_OUT, isLocal: false }, true, 'the interface is not lo'],
  ['-o eth0', { ...BARE_OUT, isLocal: false }, undefined, 'the interface is not given: --interface NAME'],
  ['-i eth1', IN, true, 'eth1 is eth1'],
  ['! -i docker0', IN, true, 'eth1 is not docker0'],
  ['-i docker0', BARE_IN, undefined, 'the interface is not given: --interface NAME'],
  ['-i lo', BARE_IN, false, 'the interface is not lo'],
  ['! -i lo', BARE_IN, true, 'the interface is not lo'],
  ['-i docker0', OUT, false, 'there is no incoming interface here'],
  ['! -i docker0', OUT, true, 'there is no incoming interface here'],
  ['-i eth+', OUT, false, 'there is no incoming interface here'],
  ['-o eth1', IN, false, 'there is no outgoing interface here'],
  ['! -o eth1', IN, true, 'there is no outgoing interface here'],

  ['-m tcp --dport 443', OUT, true, 'port 443 is 443'],
  ['-m tcp --dport 80', OUT, false, 'port 443 is not 80'],
  ['-m tcp ! --dport 80', OUT, true, 'port 443 is not 80'],
  ['-m tcp --dport 400:500', OUT, true, 'port 443 is among 400:500'],
  ['-m tcp --dport 443:443', OUT, true, 'port 443 is among 443:443'],
  ['-m tcp --dport 444:500', OUT, false, 'port 443 is not among 444:500'],
  ['-m tcp --sport 5555', IN, true, 'source port 5555 is 5555'],
  ['-m tcp --sport 1024:65535', IN, true, 'source port 5555 is among 1024:65535'],
  ['-m tcp --sport 5555', BARE_IN, undefined, 'the source port is not given'],
  ['-m tcp ! --sport 5555', OUT, undefined, 'the source port is not given'],
  ['-m tcp --tcp-flags FIN,SYN,RST,ACK SYN', IN, true, 'the first packet is one with SYN of FIN,SYN,RST,ACK'],
  ['-m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN', IN, false, 'the first packet is one with SYN of FIN,SYN,RST,ACK'],
  ['-m tcp --tcp-flags ALL SYN', IN, true, 'the first packet is one with SYN of ALL'],
  ['-m tcp --tcp-flags ALL NONE', IN, false, 'the first packet is not one with NONE of ALL'],
  ['-m tcp --tcp-flags FIN,ACK NONE', IN, true, 'the first packet is one with NONE of FIN,ACK'],
  ['-m tcp --tcp-flags SYN,ACK SYN,ACK', IN, false, 'the first packet is not one with SYN,ACK of SYN,ACK'],

  ['-m multiport --dports 80,443', OUT, true, 'port 443 is among 80,443'],
  ['-m multiport --dports 1,400:500,9', OUT, true, 'port 443 is among 1,400:500,9'],
  ['-m multiport --dports 80,81', OUT, false, 'port 443 is not among 80,81'],
  ['-m multiport ! --dports 80,81', OUT, true, 'port 443 is not among 80,81'],
  ['-m multiport --dports 443', OUT, true, 'port 443 is 443'],
  ['-m multiport --sports 5555,6', IN, true, 'source port 5555 is among 5555,6'],
  ['-m multiport --sports 5,6', OUT, undefined, 'the source port is not given'],
  ['-m multiport --ports 80,81', IN, true, 'port 80 is among 80,81'],
  ['-m multiport --ports 5555,6', IN, true, 'source port 5555 is among 5555,6'],
  ['-m multiport --ports 1,2', IN, false, 'source port 5555 is not among 1,2'],
  ['-m multiport --ports 443', OUT, true, 'port 443 is 443'],
  ['-m multiport --ports 1,2', OUT, undefined, 'the source port is not given'],

  ['-m owner --uid-owner 1000', OUT, true, 'uid 1000 is 1000'],
  ['-m owner --uid-owner 501', OUT, false, 'uid 1000 is not 501'],
  ['-m owner ! --uid-owner 501', OUT, true, 'uid 1000 is not 501'],
  ['-m owner --uid-owner 1000-2000', OUT, true, 'uid 1000 is in 1000-2000'],
  ['-m owner --uid-owner 1001-2000', OUT, false, 'uid 1000 is not in 1001-2000'],
  ['-m owner --gid-owner 20', OUT, false, 'gid 100 is not 20'],
  ['-m owner --gid-owner 100', OUT, true, 'gid 100 is 100'],
  ['-m owner --gid-owner 100 --suppl-groups', OUT, true, 'gid 100 is 100'],
  [
    '-m owner --gid-owner 20 --suppl-groups',
    OUT,
    undefined,
    'whether a supplementary group of the process is 20 is not known',
  ],
  ['-f', IN, false, 'what comes is no fragment'],
  ['! -f', IN, true, 'what comes is no fragment'],
  ['-m tcp --sport 1:65535', OUT, true, 'source port is any'],
  ['-m addrtype ! --dst-type LOCAL --limit-iface-out', OUT, undefined, 'explain does not support --limit-iface-out'],
  ['-m owner --uid-owner 0', BARE_OUT, undefined, 'the uid is not given: --uid ID'],
  ['-m owner ! --gid-owner 0', BARE_OUT, undefined, 'the gid is not given: --gid ID'],
  ['-m owner --uid-owner 0', { ...OUT, uid: 0 }, true, 'uid 0 is 0'],
  ['-m owner --uid-owner 4294967294', { ...OUT, uid: 4294967294 }, true, 'uid 4294967294 is 4294967294'],
  ['-m owner --uid-owner 501', IN, false, 'what comes in is not owned by a process here'],
  ['-m owner --socket-exists', OUT, true, 'the connection is made by a process here'],
  ['-m owner --socket-exists', IN, false, 'the connection is not made by a process here'],

  ['-m addrtype --dst-type LOCAL', IN, true, 'the destination is an address of this machine'],
  ['-m addrtype --dst-type LOCAL', FORWARDED, false, 'the destination is not an address of this machine'],
  ['-m addrtype ! --dst-type LOCAL', FORWARDED, true, 'the destination is not an address of this machine'],
  ['-m addrtype --dst-type LOCAL', LOOPBACK, true, 'the destination is an address of this machine'],
  [
    '-m addrtype --dst-type LOCAL',
    BARE_IN,
    undefined,
    'it is not known whether the destination is an address of this machine: --to :PORT says so',
  ],
  ['-m addrtype --dst-type BROADCAST', IN, undefined, 'explain does not support the address type BROADCAST'],

  ['-m conntrack --ctstate NEW', IN, true, 'the first packet of a connection, which is NEW, is among NEW'],
  [
    '-m conntrack --ctstate RELATED,ESTABLISHED',
    IN,
    false,
    'the first packet of a connection, which is NEW, is not among RELATED,ESTABLISHED',
  ],
  ['-m state --state NEW,RELATED', IN, true, 'the first packet of a connection, which is NEW, is among NEW,RELATED'],
  ['-m state ! --state NEW', IN, false, 'the first packet of a connection, which is NEW, is among NEW'],

  ['-m comment --comment "-m mark --mark 1"', IN, true, ''],
]

/** What cannot be judged is named as it stands in the rule, whether it is negated or not. */
const STRANGE = [
  '-m mark --mark 0x1/0x1',
  '-m statistic --mode random',
  '-m set --match-set allowed src',
  '-m physdev --physdev-in eth0',
  '-m conntrack --ctorigdst 10.0.0.1',
  '-m tcp --tcp-option 8',
  '-m cgroup --path app',
  '-m dscp',
  '-m owner [unsupported revision]',
]

/** The last condition of a rule, and those in front of it must be nothing but names of matches. */
const last = (text: string) => {
  const { matches } = new Rule('OUTPUT', text)
  return matches.at(-1) as (typeof matches)[number]
}

const nameOf = ({ way, family, interface: name }: Connection) => `${way} ${family} ${name ?? 'bare'}`

for (const [text, connection, holds, why] of KNOWN)
  test(`${nameOf(connection)}: ${text}`, () => assert.equal(evaluateMatch(last(text), connection), { holds, why }))

for (const text of STRANGE)
  for (const spec of [text, text.replace(/(?= --)/, ' !')])
    test(`not known: ${spec}`, () => {
      const { holds, why } = evaluateMatch(last(spec), OUT)
      assert.is(holds, undefined)
      assert.is(why, `explain does not support \`${text}\``)
    })

test.run()
