import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Rule } from '../../src/ruleset/rule'

/** A rule taken apart, in a line: `match option values`, a `!` in front of what is negated, and `-j` or `-g` with what it was options. */
const asLine = ({ matches, target, isGoto, options }: Rule) =>
  [
    ...matches.map(({ match, option, values, negated }) =>
      [...(negated ? ['!'] : []), ...(match ? [match] : []), option, ...values].join(' '),
    ),
    ...(target ? [`${isGoto ? '-g' : '-j'} ${target}`] : []),
    ...[...options].map((each) => each.join('=')),
  ].join(' | ')

/** Rules as `iptables-save` prints them, and their parts. */
const RULES: [text: string, parts: string][] = [
  ['', ''],
  ['-j DOCKER', '-j DOCKER'],
  ['-g PRE_public', '-g PRE_public'],
  ['-p tcp', '-p tcp'],
  ['-p tcp -m tcp --dport 80 -j RETURN', '-p tcp | tcp -m | tcp --dport 80 | -j RETURN'],
  ['-p tcp -m tcp ! --dport 80 -j RETURN', '-p tcp | tcp -m | ! tcp --dport 80 | -j RETURN'],
  ['! -p udp -j ACCEPT', '! -p udp | -j ACCEPT'],
  ['-p tcp -s 1.1.1.1 -d ::1 -i lo -o lo -f -p tcp', '-p tcp | -s 1.1.1.1 | -d ::1 | -i lo | -o lo | -f | -p tcp'],
  ['! -s 10.0.0.0/8 ! -d ::1/128 ! -i lo ! -o eth+', '! -s 10.0.0.0/8 | ! -d ::1/128 | ! -i lo | ! -o eth+'],
  ['-p tcp -m tcp --sport 1024:65535 --dport :80', '-p tcp | tcp -m | tcp --sport 1024:65535 | tcp --dport :80'],
  ['-p tcp -m multiport --dports 80,443 -j X', '-p tcp | multiport -m | multiport --dports 80,443 | -j X'],
  ['-p tcp -m multiport ! --ports 1:9 -j X', '-p tcp | multiport -m | ! multiport --ports 1:9 | -j X'],
  [
    '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j X',
    '-p tcp | tcp -m | tcp --tcp-flags FIN,SYN,RST,ACK SYN | -j X',
  ],
  ['-m addrtype --dst-type LOCAL -j DOCKER', 'addrtype -m | addrtype --dst-type LOCAL | -j DOCKER'],
  ['-m owner ! --uid-owner 1000-2000 -j X', 'owner -m | ! owner --uid-owner 1000-2000 | -j X'],
  ['-m owner --gid-owner 20 --suppl-groups -j X', 'owner -m | owner --gid-owner 20 --suppl-groups | -j X'],
  ['-m owner --socket-exists -j X', 'owner -m | owner --socket-exists | -j X'],
  ['-m mark ! --mark 0x4000/0x4000 -j RETURN', 'mark -m | ! mark --mark 0x4000/0x4000 | -j RETURN'],
  [
    '-m recent --set --name A --rsource -m tcp -j X',
    'recent -m | recent --set | recent --name A | recent --rsource | tcp -m | -j X',
  ],
  [
    '-p tcp -m comment --comment web -m tcp --dport 80',
    '-p tcp | comment -m | comment --comment web | tcp -m | tcp --dport 80',
  ],
  ['-m comment --comment "two words" -j X', 'comment -m | comment --comment two words | -j X'],
  ['-m comment --comment "-j APISIX_INBOUND" -j LOG', 'comment -m | comment --comment -j APISIX_INBOUND | -j LOG'],
  ['-m comment --comment -j -j LOG', 'comment -m | comment --comment -j | -j LOG'],
  ['-m comment --comment --dport -j LOG', 'comment -m | comment --comment --dport | -j LOG'],
  ['-m comment --comment ! -j LOG', 'comment -m | comment --comment ! | -j LOG'],
  ['-m comment --comment "" -j LOG', 'comment -m | comment --comment  | -j LOG'],
  [
    String.raw`-s 10.244.0.2/32 -m comment --comment "name: \"podnet\" id: \"5f\"" -j CNI`,
    '-s 10.244.0.2/32 | comment -m | comment --comment name: "podnet" id: "5f" | -j CNI',
  ],
  [String.raw`-m comment --comment "the VPN\'s" -j X`, "comment -m | comment --comment the VPN's | -j X"],
  ['-m string --string "-j X" --algo bm -j LOG', 'string -m | string --string -j X | string --algo bm | -j LOG'],
  ['-p tcp -j REDIRECT --to-ports 9080', '-p tcp | -j REDIRECT | --to-ports=9080'],
  ['-p tcp -j REDIRECT --to-ports 1-9 --random', '-p tcp | -j REDIRECT | --to-ports=1-9 | --random='],
  ['-j REDIRECT', '-j REDIRECT'],
  ['-j DNAT --to-destination [fd00::2]:80', '-j DNAT | --to-destination=[fd00::2]:80'],
  ['-j DNAT --to-destination 10.0.0.1:80 --persistent', '-j DNAT | --to-destination=10.0.0.1:80 | --persistent='],
  ['-j MARK --set-xmark 0x4000/0x4000', '-j MARK | --set-xmark=0x4000/0x4000'],
  ['-j LOG --log-prefix "-j X " --log-level 7', '-j LOG | --log-prefix=-j X  | --log-level=7'],
  ['-j LOG --log-prefix --log-level', '-j LOG | --log-prefix=--log-level'],
]

for (const [text, parts] of RULES)
  test(text || 'a rule without a word', () => assert.is(asLine(new Rule('OUTPUT', text)), parts))

test.run()
