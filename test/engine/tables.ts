import fc from 'fast-check'
import type { Ruleset } from '../../src/ruleset/ruleset'
import { rulesetOf } from '../ruleset/texts'

const port = fc.constantFrom(22, 80, 443, 8080)
const MATCHES: fc.Arbitrary<string>[] = [
  fc.tuple(fc.constantFrom('', '! '), port).map(([not, each]) => `-p tcp -m tcp ${not}--dport ${each}`),
  fc.constantFrom('-p tcp -m tcp --dport 80:443', '-p tcp -m multiport --dports 22,80:90', '-p udp', '-p tcp'),
  fc.constantFrom('-s 10.0.0.0/8', '! -s 10.1.0.0/16', '-d 10.0.0.5/32', '! -d 127.0.0.1/32', '-d 127.0.0.0/8'),
  fc.constantFrom('-i eth0', '-i eth+', '! -i lo', '-o lo', '! -o docker0', '-o eth0'),
  fc.constantFrom('-m owner --uid-owner 501', '-m owner --gid-owner 20', '-m owner ! --uid-owner 0-999'),
  fc.constantFrom('-m addrtype --dst-type LOCAL', '-m addrtype ! --dst-type LOCAL', '-m conntrack --ctstate NEW'),
  fc.constantFrom('-p tcp -m tcp --sport 1024:65535', '-p tcp -m multiport ! --ports 80,443'),
]
const match = fc.oneof(...MATCHES)
const END = [
  '-j ACCEPT',
  '-j RETURN',
  '-j RETURN',
  '-j REDIRECT --to-ports 15001',
  '-j DNAT --to-destination 10.9.9.9:80',
  '-j LOG',
]

/** The chains of a random table: each rule jumps or goes only to later ones, so that there is no loop. */
const CHAINS = ['PREROUTING', 'OUTPUT', 'A', 'B', 'C', 'APISIX_REDIRECT']

const rule = (later: string[]) => {
  const targets = [...END, ...later.flatMap((chain) => [`-j ${chain}`, `-j ${chain}`, `-g ${chain}`])]
  return fc
    .tuple(fc.array(match, { maxLength: 2 }), fc.constantFrom(...targets))
    .map(([matches, target]) => [...matches, target].join(' '))
}

/** Tables of jumps, gotos and returns, in which everything depends on everything. */
export const tables: fc.Arbitrary<Ruleset> = fc
  .tuple(
    ...CHAINS.map((name, at) =>
      name === 'APISIX_REDIRECT'
        ? fc.constant(['-p tcp -j REDIRECT --to-ports 9080'])
        : fc.array(rule(CHAINS.slice(Math.max(at + 1, 2))), { minLength: 1, maxLength: 5 }),
    ),
  )
  .map((chains) => rulesetOf(chains.map((texts, at) => [CHAINS[at] as string, texts])))
