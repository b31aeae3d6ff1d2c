import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, golden, words } from '../support'
import {
  behind,
  both,
  chains,
  checkOf,
  type Edit,
  GID,
  HOOK,
  IN_80,
  IN_443,
  IN_FORCE,
  inFront,
  meaning,
  OUTBOUND,
  REDIRECT,
  UID,
  without,
} from './example'

const same: Edit = (saved) => saved
const swapped =
  (one: string, other: string): Edit =>
  (saved) =>
    saved.replace(one, '?').replace(other, one).replace('?', other)
const emptied = (chain: string): Edit =>
  without(...IN_FORCE.split('\n').filter((line) => line.startsWith(`-A ${chain} `)))
const inFrontOf =
  (line: string, ...lines: string[]): Edit =>
  (saved) =>
    saved.replace(line, [...lines, line].join('\n'))

const missing = (line: string) => `a rule is missing: ${line}`
const extra = (line: string) => `a rule is not wanted: ${line}`
const twice = (line: string) => `a rule is there twice: ${line}`
const moved = (line: string) => `a rule is out of order: ${line}`
const noHook = `the jump to APISIX_INBOUND is missing, so that nothing reaches it: ${HOOK}`
const anotherHook = (line: string) => `the jump to APISIX_INBOUND has another form than this: ${line}`
const strayHook = (line: string) => `a jump to APISIX_INBOUND is in the wrong chain: ${line}`
const takes = (what: string, line: string) =>
  `a foreign rule in front takes ${what}: \`${line}\`. Use --jump-position first to put the managed rules in front.`
const partly = (line: string) => `note: a foreign rule in front may take some of the traffic: \`${line}\``

const DOCKER = [
  '-A DOCKER -i docker0 -j RETURN',
  '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80',
]
const TO_DOCKER = '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER'

/** What happened to the rules of example 4, and what is said of it. Exit status 1. */
const DAMAGES: [what: string, edit: Edit, ...says: string[]][] = [
  ['a rule is gone', without(IN_443), missing(IN_443)],
  ['two rules are gone', without(IN_443, OUTBOUND), missing(IN_443), missing(OUTBOUND)],
  [
    'a rule is new',
    behind('-A APISIX_INBOUND -p tcp -m tcp --dport 81 -j RETURN'),
    extra('-A APISIX_INBOUND -p tcp -m tcp --dport 81 -j RETURN'),
  ],
  [
    'a rule in front in our chain',
    inFrontOf(IN_80, '-A APISIX_INBOUND -j ACCEPT'),
    extra('-A APISIX_INBOUND -j ACCEPT'),
  ],
  [
    'another port',
    (saved) => saved.replace('9080', '9081'),
    missing(REDIRECT),
    extra(REDIRECT.replace('9080', '9081')),
  ],
  ['another user', (saved) => saved.replace('501', '502'), missing(UID), extra(UID.replace('501', '502'))],
  ['a rule moved in our chain', swapped(IN_80, IN_443), moved(IN_443)],
  ['a rule moved in OUTPUT', both(without(GID), behind(GID)), moved(OUTBOUND)],
  ['a rule doubled in our chain', behind(IN_80), twice(IN_80)],
  ['a rule doubled in front of the others', inFrontOf(IN_80, IN_443), twice(IN_443)],
  ['a rule doubled in OUTPUT', behind(OUTBOUND), twice(OUTBOUND)],
  ['the hook doubled', behind(HOOK), twice(HOOK)],
  ['everything in OUTPUT doubled', behind(UID, GID, OUTBOUND), twice(UID), twice(GID), twice(OUTBOUND)],
  ['the hook gone', without(HOOK), noHook],
  [
    'the hook in INPUT',
    both(without(HOOK), behind(HOOK.replace('PREROUTING', 'INPUT'))),
    noHook,
    strayHook(HOOK.replace('PREROUTING', 'INPUT')),
  ],
  [
    'the hook in POSTROUTING too',
    behind(HOOK.replace('PREROUTING', 'POSTROUTING')),
    strayHook(HOOK.replace('PREROUTING', 'POSTROUTING')),
  ],
  [
    'the hook in a foreign chain',
    both(chains('DOCKER'), behind('-A DOCKER -j APISIX_INBOUND')),
    strayHook('-A DOCKER -j APISIX_INBOUND'),
  ],
  [
    'a hook for less',
    (saved) => saved.replace(HOOK, `${HOOK.replace('-p tcp', '-i eth0 -p tcp')}`),
    anotherHook(HOOK),
    extra(HOOK.replace('-p tcp', '-i eth0 -p tcp')),
  ],
  [
    'a hook that is gone to',
    (saved) => saved.replace(HOOK, HOOK.replace('-j', '-g')),
    anotherHook(HOOK),
    extra(HOOK.replace('-j', '-g')),
  ],
  ['our chain emptied', emptied('APISIX_INBOUND'), 'the chain APISIX_INBOUND was emptied'],
  ['the last chain emptied', emptied('APISIX_REDIRECT'), 'the chain APISIX_REDIRECT was emptied'],
  [
    'all emptied',
    both(emptied('APISIX_INBOUND'), emptied('APISIX_REDIRECT')),
    'the chain APISIX_REDIRECT was emptied',
    'the chain APISIX_INBOUND was emptied',
  ],
  [
    'our chain gone',
    both(emptied('APISIX_INBOUND'), without(HOOK, ':APISIX_INBOUND - [0:0]')),
    'the chain APISIX_INBOUND is missing',
    noHook,
  ],
  ['a managed chain that is not wanted', chains('APISIX_OUTPUT'), 'the chain APISIX_OUTPUT is not wanted'],
  ['the owner pair gone', without(UID, GID), missing(UID), missing(GID)],
  ['half of the owner pair gone', without(GID), missing(GID)],
  ['outbound alone gone', without(UID, GID, OUTBOUND), missing(UID), missing(GID), missing(OUTBOUND)],

  ['ACCEPT in front', inFront('-A PREROUTING -j ACCEPT'), takes('ports 80, 443', '-A PREROUTING -j ACCEPT')],
  [
    'ACCEPT of TCP in front',
    inFront('-A PREROUTING -p tcp -j ACCEPT'),
    takes('ports 80, 443', '-A PREROUTING -p tcp -j ACCEPT'),
  ],
  [
    'RETURN in front',
    inFront('-A PREROUTING -p tcp -j RETURN'),
    takes('ports 80, 443', '-A PREROUTING -p tcp -j RETURN'),
  ],
  [
    'ACCEPT of one port in front',
    inFront('-A PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT'),
    takes('port 80', '-A PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT'),
  ],
  [
    'ACCEPT of many ports in front',
    inFront('-A PREROUTING -p tcp -m multiport --dports 1:99,400:500 -j ACCEPT'),
    takes('ports 80, 443', '-A PREROUTING -p tcp -m multiport --dports 1:99,400:500 -j ACCEPT'),
  ],
  [
    'DNAT in front',
    inFront('-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.0.1'),
    takes('port 443', '-A PREROUTING -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.0.1'),
  ],
  [
    'two in front that take the same',
    inFront('-A PREROUTING -p tcp -j ACCEPT', '-A PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT'),
    takes('ports 80, 443', '-A PREROUTING -p tcp -j ACCEPT'),
  ],
  [
    'ACCEPT in front in OUTPUT',
    inFrontOf(UID, '-A OUTPUT -p tcp -j ACCEPT'),
    takes('port 80', '-A OUTPUT -p tcp -j ACCEPT'),
  ],
  [
    'ACCEPT between in OUTPUT',
    inFrontOf(OUTBOUND, '-A OUTPUT -p tcp -j ACCEPT'),
    takes('port 80', '-A OUTPUT -p tcp -j ACCEPT'),
  ],
  [
    'a chain that accepts in front',
    both(chains('X'), inFront('-A PREROUTING -j X'), behind('-A X -p tcp -j ACCEPT')),
    takes('ports 80, 443', '-A PREROUTING -j X'),
  ],
  [
    'a chain that returns one port and accepts',
    both(
      chains('X'),
      inFront('-A PREROUTING -j X'),
      behind('-A X -p tcp -m tcp --dport 80 -j RETURN', '-A X -p tcp -j ACCEPT'),
    ),
    takes('port 443', '-A PREROUTING -j X'),
  ],
  [
    'a chain that goes to another',
    both(
      chains('X', 'Y'),
      inFront('-A PREROUTING -j X'),
      behind('-A X -g Y', '-A Y -p tcp -m tcp --dport 80 -j ACCEPT'),
    ),
    takes('port 80', '-A PREROUTING -j X'),
  ],
  [
    'goto in front, to an empty chain',
    both(chains('X'), inFront('-A PREROUTING -g X')),
    takes('ports 80, 443', '-A PREROUTING -g X'),
  ],
  [
    'goto in front, to a chain that returns',
    both(chains('X'), inFront('-A PREROUTING -p tcp -m tcp --dport 443 -g X'), behind('-A X -j RETURN')),
    takes('port 443', '-A PREROUTING -p tcp -m tcp --dport 443 -g X'),
  ],
  [
    'in front, and a rule gone',
    both(inFront('-A PREROUTING -j ACCEPT'), without(IN_443)),
    missing(IN_443),
    takes('ports 80, 443', '-A PREROUTING -j ACCEPT'),
  ],
]

/** Rules of others in front that every first packet meets, in ways that take more than a look at the port. */
const TAKING: [rule: string, what: string][] = [
  ['-A PREROUTING -p tcp -m tcp ! --dport 80 -j ACCEPT', 'port 443'],
  ['-A PREROUTING -p tcp -m multiport ! --dports 80,443 -j ACCEPT', ''],
  ['-A PREROUTING ! -p udp -j ACCEPT', 'ports 80, 443'],
  ['-A PREROUTING -m conntrack --ctstate NEW -j ACCEPT', 'ports 80, 443'],
  ['-A PREROUTING -m conntrack --ctstate ESTABLISHED -j ACCEPT', ''],
  ['-A PREROUTING -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ACCEPT', 'ports 80, 443'],
  ['-A PREROUTING -m addrtype --dst-type LOCAL -j RETURN', 'ports 80, 443'],
  ['-A PREROUTING -p tcp -m tcp --sport 1:65535 -j ACCEPT', 'ports 80, 443'],
  ['-A PREROUTING ! -f -j ACCEPT', 'ports 80, 443'],
  ['-A PREROUTING -f -j ACCEPT', ''],
  ['-A PREROUTING -o eth0 -j ACCEPT', ''],
  ['-A PREROUTING -p tcp -m comment --comment "-p udp" -j ACCEPT', 'ports 80, 443'],
]

for (const [rule, what] of TAKING)
  test(`in front: ${rule}`, async () => {
    const { stdout } = await checkOf(inFront(rule)(IN_FORCE))
    assert.equal(meaning(stdout), what ? ['differs (saved):', takes(what, rule)] : ['active (saved)'])
  })

const MOVED = "check --apisix-user 501:20 --outbound-ports '*' --outbound-exclude-ports 22,23 --from -"
const EXCLUDED = ['22', '23'].map((port) => `-A OUTPUT -p tcp -m tcp --dport ${port} -j RETURN`)
const TO_PROXY = '-A OUTPUT -p tcp -j APISIX_REDIRECT'
const OF_EXCLUDED = ['*nat', ':OUTPUT - [0:0]', ':APISIX_REDIRECT - [0:0]', UID, GID, ...EXCLUDED, TO_PROXY, REDIRECT]

/** What happened to rules that leave ports alone, and what is said of it. */
const OF_EXCLUSIONS: [what: string, edit: Edit, ...says: string[]][] = [
  ['a port moved behind all', both(without(`${EXCLUDED[0]}`), behind(`${EXCLUDED[0]}`)), moved(`${EXCLUDED[0]}`)],
  ['the jump gone', without(TO_PROXY), missing(TO_PROXY)],
]

for (const [what, edit, ...says] of OF_EXCLUSIONS)
  test(`exclusions: ${what}`, async () => {
    const { stdout } = await cli(words(MOVED), { stdin: edit([...OF_EXCLUDED, 'COMMIT\n'].join('\n')) })
    assert.equal(meaning(stdout).toSorted(), ['differs (saved):', ...says].toSorted())
  })

for (const [what, edit, ...says] of DAMAGES)
  test(`differs: ${what}`, async () => {
    const { status, stdout, stderr } = await checkOf(edit(IN_FORCE))
    assert.equal(meaning(stdout), ['differs (saved):', ...says])
    assert.is(stderr, '')
    assert.is(status, 1)
  })

/** What others did that leaves the rules of example 4 active, and what is said of it. Exit status 0. */
const HARMLESS: [what: string, edit: Edit, ...says: string[]][] = [
  ['nothing', same],
  ['ACCEPT of UDP in front', inFront('-A PREROUTING -p udp -j ACCEPT')],
  ['UDP of our port in front', inFront('-A PREROUTING -p udp -m udp --dport 80 -j DNAT --to-destination 10.0.0.1')],
  ['ACCEPT of another port in front', inFront('-A PREROUTING -p tcp -m tcp --dport 8080 -j ACCEPT')],
  ['LOG in front', inFront('-A PREROUTING -p tcp -j LOG --log-prefix "-j ACCEPT "')],
  ['a rule that only counts in front', inFront('-A PREROUTING -p tcp')],
  ['ACCEPT behind', behind('-A PREROUTING -j ACCEPT', '-A OUTPUT -j ACCEPT')],
  ['DNAT behind', both(chains('DOCKER'), behind(TO_DOCKER, ...DOCKER))],
  ['ACCEPT elsewhere', behind('-A INPUT -j ACCEPT', '-A POSTROUTING -j MASQUERADE')],
  ['an empty chain in front', both(chains('X'), inFront('-A PREROUTING -j X'))],
  [
    'a chain that marks in front',
    both(chains('X'), inFront('-A PREROUTING -j X'), behind('-A X -j MARK --set-xmark 0x1/0x1')),
  ],
  [
    'a chain that returns before it accepts',
    both(chains('X'), inFront('-A PREROUTING -j X'), behind('-A X -p tcp -j RETURN', '-A X -j ACCEPT')),
  ],
  [
    'a chain that returns our ports before it accepts',
    both(
      chains('X'),
      inFront('-A PREROUTING -j X'),
      behind('-A X -p tcp -m multiport --dports 80,443 -j RETURN', '-A X -j ACCEPT'),
    ),
  ],
  [
    'a chain that goes to one that returns, before it accepts',
    both(chains('X', 'Y'), inFront('-A PREROUTING -j X'), behind('-A X -g Y', '-A X -j ACCEPT', '-A Y -j RETURN')),
  ],
  [
    'a network in front',
    inFront('-A PREROUTING -s 10.0.0.0/8 -p tcp -j ACCEPT'),
    partly('-A PREROUTING -s 10.0.0.0/8 -p tcp -j ACCEPT'),
  ],
  [
    'an interface in front',
    inFront('-A PREROUTING -i docker0 -j ACCEPT'),
    partly('-A PREROUTING -i docker0 -j ACCEPT'),
  ],
  [
    'an address in front in OUTPUT',
    inFrontOf(UID, '-A OUTPUT -d 10.96.0.1/32 -p tcp -j DNAT --to-destination 10.0.0.1'),
    partly('-A OUTPUT -d 10.96.0.1/32 -p tcp -j DNAT --to-destination 10.0.0.1'),
  ],
  [
    'an address and another port in front',
    inFront('-A PREROUTING -d 10.96.0.1/32 -p tcp -m tcp --dport 8080 -j ACCEPT'),
  ],
  ["Docker's port in front", both(chains('DOCKER'), inFront(TO_DOCKER), behind(...DOCKER)), partly(TO_DOCKER)],
  [
    'a chain that returns some of it before it accepts',
    both(chains('X'), inFront('-A PREROUTING -j X'), behind('-A X -s 10.0.0.0/8 -j RETURN', '-A X -j ACCEPT')),
    partly('-A PREROUTING -j X'),
  ],
  [
    'sshuttle in front',
    both(
      chains('sshuttle'),
      inFrontOf(UID, '-A OUTPUT -j sshuttle'),
      behind('-A sshuttle -m addrtype --dst-type LOCAL -j RETURN', '-A sshuttle -p tcp -j REDIRECT --to-ports 12300'),
    ),
    partly('-A OUTPUT -j sshuttle'),
  ],
  [
    'a goto by address in front',
    both(chains('X'), inFront('-A PREROUTING -s 10.0.0.0/8 -g X')),
    partly('-A PREROUTING -s 10.0.0.0/8 -g X'),
  ],
]

for (const [what, edit, ...says] of HARMLESS)
  test(`active: ${what}`, async () => {
    const { status, stdout, stderr } = await checkOf(edit(IN_FORCE))
    assert.equal(meaning(stdout), [`active (saved)${says.length > 0 ? ':' : ''}`, ...says])
    assert.not.match(stdout, '@@')
    assert.is(stderr, '')
    assert.is(status, 0)
  })

test('active, as far as it shows: chains of nft beside it', async () => {
  const says = "# Table `nat' contains incompatible base-chains, use 'nft' tool to list them.\n"
  const { status, stdout } = await checkOf(says + IN_FORCE)
  assert.match(
    meaning(stdout).join('\n'),
    'note: chains that only nft shows are hooked too, and may take traffic first',
  )
  assert.is(status, 0)
})

const ABSENT: [what: string, edit: Edit][] = [
  ['nothing at all', () => '*nat\nCOMMIT\n'],
  ['the built-in chains alone', (saved) => saved.replace(/^(-A|:APISIX).*\n/gm, '')],
  [
    'foreign rules',
    (saved) => saved.replace(/^(-A|:APISIX).*\n/gm, '').replace('COMMIT', '-A OUTPUT -j ACCEPT\nCOMMIT'),
  ],
  ['the owner pair without chains', (saved) => saved.replace(/^:APISIX.*\n|^.*APISIX.*\n/gm, '')],
]

for (const [what, edit] of ABSENT)
  test(`absent: ${what}`, async () => {
    const { status, stdout } = await checkOf(edit(IN_FORCE))
    assert.equal(meaning(stdout), ['absent (saved): no managed rules found'])
    assert.is(status, 1)
  })

test('a rule that was moved is not said to be missing', async () => {
  const { status, stdout } = await checkOf(both(without(UID), behind(UID))(IN_FORCE))
  assert.not.match(meaning(stdout).join('\n'), 'missing')
  assert.not.match(meaning(stdout).join('\n'), 'foreign rule')
  assert.is(status, 1)
})

test('after ten findings the rest is counted', async () => {
  const strays = Array.from({ length: 14 }, (_, at) => `-A APISIX_INBOUND -p tcp -m tcp --dport ${at + 1} -j RETURN`)
  const { stdout } = await checkOf(behind(...strays)(IN_FORCE))
  const [, ...said] = meaning(stdout)
  assert.equal(said, [...strays.slice(0, 10).map(extra), 'and 4 more'])
})

/** All of inbound is wanted; what stands in front of it, and what that takes. */
const OF_ALL: [front: string, what: string][] = [
  ['-A PREROUTING -j ACCEPT', 'ports 1-21, 23-65535'],
  ['-A PREROUTING -p tcp -m tcp --dport 1:1000 -j ACCEPT', 'ports 1-21, 23-1000'],
  ['-A PREROUTING -p tcp -m multiport --dports 1,3,5,7,9,11 -j ACCEPT', 'ports 1, 3, 5, 7, 9, …'],
  ['-A PREROUTING -p tcp -m tcp --dport 22:23 -j ACCEPT', 'port 23'],
]

for (const [front, what] of OF_ALL)
  test(`in front of all: ${front}`, async () => {
    const saved = inFront(front)(IN_FORCE)
      .replace(IN_80, '-A APISIX_INBOUND -p tcp -m tcp --dport 22 -j RETURN')
      .replace(IN_443, '-A APISIX_INBOUND -p tcp -j APISIX_REDIRECT')
    const command = "check --apisix-user 501:20 --inbound-ports '*' --outbound-ports 80 --from -"
    const { stdout } = await cli(words(command), { stdin: saved })
    assert.equal(meaning(stdout), ['differs (saved):', takes(what, front)])
  })

const REPORTS: Record<string, Edit> = {
  missing: without(IN_443),
  'jump-in-input': both(without(HOOK), behind(HOOK.replace('PREROUTING', 'INPUT'))),
  'in-front': both(
    inFront('-A PREROUTING -p tcp -m tcp --dport 80 -j ACCEPT', '-A PREROUTING -s 10.0.0.0/8 -j ACCEPT'),
  ),
  absent: (saved) => saved.replace(/^(-A|:APISIX).*\n/gm, ''),
  active: same,
}

for (const [name, edit] of Object.entries(REPORTS)) {
  test(`the report: ${name}`, async () => golden(`check/${name}.txt`, (await checkOf(edit(IN_FORCE))).stdout))
  test(`in colour: ${name}`, async () => {
    const { stdout } = await checkOf(edit(IN_FORCE), '', 8)
    const plain = await checkOf(edit(IN_FORCE))
    golden(`check/${name}-coloured.txt`, stdout)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
    assert.is(stdout.replace(/\u001b\[\d+m/g, ''), plain.stdout)
  })
  test(`for machines: ${name}`, async () => {
    const { status, stdout } = await checkOf(edit(IN_FORCE), '--json')
    golden(`check/${name}.json`, stdout)
    assert.is(JSON.parse(stdout).active, status === 0)
  })
}

test.run()
