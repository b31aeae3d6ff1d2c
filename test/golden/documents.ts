/** A golden document for each row of the design's table; all with `--apisix-user 501:20 --dry-run`. */
const DOCUMENTS: Record<string, string> = {
  nothing: 'iptables',
  'inbound-all': "iptables --inbound-ports '*'",
  'inbound-all-exclude': "iptables --inbound-ports '*' --inbound-exclude-ports 8080,9000",
  'inbound-all-exclude-22': "iptables --inbound-ports '*' --inbound-exclude-ports 8080,22",
  'inbound-22': 'iptables --inbound-ports 22,80',
  'inbound-exclude-without-all': 'iptables --inbound-ports 80 --inbound-exclude-ports 8080',
  'outbound-all': "iptables --outbound-ports '*'",
  'outbound-all-exclude': "iptables --outbound-ports '*' --outbound-exclude-ports 53,3306",
  'outbound-exclude-without-all': 'iptables --outbound-ports 80 --outbound-exclude-ports 53',
  'capture-port': 'iptables --apisix-inbound-capture-port 9081 --inbound-ports 80,443',
  'capture-port-all': "iptables --apisix-inbound-capture-port 9081 --inbound-ports '*' --outbound-ports '*'",
  'capture-port-alone': 'iptables --apisix-inbound-capture-port 9081',
  'apisix-port': 'iptables --apisix-port 19080 --inbound-ports 80',
  'repeated-lists': 'iptables --inbound-ports 80 --inbound-ports 443 --outbound-ports 80,443 --outbound-ports=8080',
  duplicates: "iptables --inbound-ports '80, 443 ,80' --outbound-ports 80",
  ranges: 'iptables --inbound-ports 80,8000-8010 --outbound-ports 9000:9010',
  compact:
    'iptables --compact --inbound-ports 80,81,82,443,8080-8090,8085-8100,1,3,5,7,9,11,13,15,17,19,21 --outbound-ports 80,81',
  cidrs:
    "iptables --inbound-ports 80 --inbound-exclude-cidrs 10.0.0.0/8 --outbound-ports '*' --outbound-exclude-cidrs 127.0.0.0/8,10.1.2.3",
  'outbound-cidrs': 'iptables --outbound-ports 80,443 --outbound-cidrs 10.0.0.0/8,192.168.7.9/16',
  owners:
    "iptables --outbound-ports '*' --outbound-exclude-cidrs 127.0.0.0/8 --outbound-exclude-users 1000,2000-3000 --outbound-exclude-groups 50",
  'ports-for-users':
    'iptables --outbound-ports 1-65535 --outbound-exclude-ports-for-users 1000:80,8000-8010 --outbound-exclude-ports-for-users 1001-1002:443',
  'more-users': "iptables --apisix-user 2102:none,0: --inbound-ports 80 --outbound-ports '*' --exclude-interfaces lo",
  'outbound-users': 'iptables --outbound-ports 80 --outbound-users 1000,2000-3000 --outbound-groups 50',
  'outbound-groups': 'iptables --comments --outbound-ports 80 --outbound-groups 50,60',
  'ports-or-cidrs':
    'iptables --outbound-ports 80,443 --outbound-cidrs 10.0.0.0/8,192.168.0.0/16 --outbound-ports-or-cidrs',
  'cidrs-alone': 'iptables --outbound-cidrs 10.0.0.0/8 --outbound-ports-or-cidrs',
  reroute:
    "iptables --inbound-ports 443 --outbound-ports '*' --outbound-exclude-ports 53 --outbound-exclude-cidrs 127.0.0.0/8 --outbound-exclude-users 1000 --reroute-interfaces docker0,k6t-eth0",
  'reroute-dual':
    'iptables --ip-family dual --outbound-ports 80 --outbound-cidrs 10.0.0.0/8,fd00::/8 --reroute-interfaces docker0',
  'self-calls':
    "iptables --ip-family dual --apisix-inbound-capture-port 9081 --inbound-ports '*' --outbound-ports 80 --redirect-self-calls",
  'local-only': 'iptables --inbound-ports 443 --inbound-local-only',
  'templated-lists': "iptables --inbound-ports '\n  80,\n  443,\n' --outbound-ports ''",
  interfaces: 'iptables --inbound-ports 80 --outbound-ports 80 --exclude-interfaces lo,eth+',
  isolate: "iptables --isolate --inbound-ports 80 --outbound-ports '*' --outbound-exclude-ports 53",
  'no-ssh-exempt': "iptables --inbound-ports '*' --no-ssh-exempt",
  'jump-first': "iptables --jump-position first --inbound-ports 80 --outbound-ports '*' --outbound-exclude-ports 53",
  'jump-first-isolated': 'iptables --jump-position first --isolate --outbound-ports 80',
  ipv6: 'iptables --ip-family ipv6 --inbound-ports 80 --outbound-ports 80',
  dual: "iptables --ip-family dual --inbound-ports 80 --inbound-exclude-cidrs 10.0.0.0/8,fd00::/8 --outbound-ports '*' --outbound-exclude-cidrs 127.0.0.0/8,::1",
  'cleanup-dual': 'cleanup-iptables --ip-family dual --inbound-ports 80',
  comments: "iptables --comments --inbound-ports '*' --inbound-exclude-ports 8080 --outbound-ports 80",
  everything:
    "iptables --compact --comments --apisix-inbound-capture-port 9081 --inbound-ports '*' --inbound-exclude-ports 80,81,90 --inbound-exclude-cidrs 10.0.0.0/8 --outbound-ports 1-1000,2000 --outbound-cidrs 172.16.0.0/12 --outbound-exclude-cidrs 172.17.0.0/16 --outbound-exclude-users 1000 --outbound-exclude-groups 1000 --outbound-exclude-ports-for-users 1001:80,90 --exclude-interfaces docker0",
  cleanup: 'cleanup-iptables --inbound-ports 80,443 --outbound-ports 80',
  'cleanup-nothing': 'cleanup-iptables',
  'cleanup-all':
    "cleanup-iptables --apisix-inbound-capture-port 9081 --inbound-ports '*' --outbound-ports '*' --outbound-exclude-ports 53",
}

/** The same, with the proxy's users in the command. */
const USERS: Record<string, string> = {
  'user-alone': "iptables --apisix-user 2102:none --inbound-ports 80 --outbound-ports '*' --exclude-interfaces lo",
}

/** The names of goldens, each with the command that makes it. */
export const COMMANDS: [name: string, command: string][] = [
  ...Object.entries(DOCUMENTS).map(([name, command]): [string, string] => [name, `${command} --apisix-user 501:20`]),
  ...Object.entries(USERS),
]
