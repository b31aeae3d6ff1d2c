import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Diagnostics } from '../../src/diagnostics/diagnostics'
import { given, isServiceLink } from '../../src/options/input'
import { readOwnerList, readOwners, readPortsForUsers } from '../../src/options/owners'

const ALEX = { name: 'alex', uid: 501, gid: 20 }
const LOOKUP = {
  accounts: {
    find: (kind: string, name: string) => {
      if (name === 'broken') throw new Error('ENOENT')
      return name === (kind === 'user' ? 'alex' : 'staff') ? ALEX : undefined
    },
    names: (kind: string) => [kind === 'user' ? 'alex' : 'staff'],
    sharing: () => [],
  },
  readText: () => '',
}

const input = (text: string) => ({ name: '--x', values: [text] })

/** What was read, and what was said. */
function outcome(read: (diagnostics: Diagnostics) => unknown): [read: unknown, ...said: string[]] {
  const diagnostics = new Diagnostics()
  const value = read(diagnostics)
  return [value, ...[...diagnostics.errors, ...diagnostics.warnings].map(({ problem }) => problem)]
}

const NO_IDS = 'is neither a user name nor ids from 0 to 4294967294'
const NO_NAME = 'is not a user name'

/** `--apisix-user`, the owners as `UID:GID`, and what is said. */
const OWNERS: [text: string, owners: string[], ...said: string[]][] = [
  ['501:20', ['501:20']],
  ['0:0,4294967294:4294967294', ['0:0', '4294967294:4294967294']],
  ['501:none,502:', ['501:null', '502:null']],
  ['alex', ['501:20']],
  ['alex:none', ['501:null']],
  ['501:20,alex', ['501:20'], '--x lists alex more than once'],
  ['', [], 'names no user'],
  ['4294967295:1', [], NO_IDS],
  ['1:4294967295', [], NO_IDS],
  ['01:2', [], NO_IDS],
  ['1:2:3', [], NO_IDS],
  ['1:alex', [], NO_IDS],
  ['alex:20', [], NO_NAME],
  ['alex:none:1', [], NO_NAME],
  ['-alex', [], NO_NAME],
  ['al/ex', [], NO_NAME],
  ['al ex', [], NO_NAME],
  ['alex\u0007', [], NO_NAME],
  ['alx', [], 'is not a known user (did you mean "alex"?)'],
  ['broken', [], 'cannot be looked up: ENOENT'],
]

for (const [text, owners, ...said] of OWNERS)
  test(`owners ${JSON.stringify(text)}`, () => {
    const [read, ...problems] = outcome((diagnostics) => readOwners(input(text), LOOKUP, diagnostics))
    assert.equal(
      [(read as { uid: number; gid: number }[]).map(({ uid, gid }) => `${uid}:${gid}`), problems],
      [owners, said],
    )
  })

test('owners that are not given', () =>
  assert.equal(
    outcome((diagnostics) => readOwners({ name: '--x', values: [] }, LOOKUP, diagnostics)),
    [undefined],
  ))

/** A list of users or groups, the ids and ranges, and what is said. */
const LISTS: [kind: 'user' | 'group', text: string, ids: string[], ...said: string[]][] = [
  ['user', '5,alex,1000-2000', ['5', '501', '1000-2000']],
  ['group', 'staff', ['20']],
  ['user', '7-7', ['7']],
  ['user', '0-4294967294', ['0-4294967294']],
  ['user', '5,5', ['5'], '--x lists 5 more than once'],
  ['user', '8-7', [], 'is not a user id'],
  ['group', '4294967295', [], 'is not a group id'],
  ['user', '5x', [], 'is not a user id'],
  ['user', '5-', [], 'is not a user id'],
  ['group', 'alex', [], 'is not a known group'],
]

for (const [kind, text, ids, ...said] of LISTS)
  test(`${kind}s ${text}`, () =>
    assert.equal(
      outcome((diagnostics) => readOwnerList(input(text), kind, LOOKUP, diagnostics)),
      [ids, ...said],
    ))

/** Ports of users, what they are, and what is said. */
const PORTS: [text: string, ports: string[], ...said: string[]][] = [
  ['1000:80,8000-8010', ['1000 80-80 8000-8010']],
  ['1000:80; alex:443;', ['1000 80-80', '501 443-443']],
  ['1000-2000:80', ['1000-2000 80-80']],
  ['1000:*', [], 'excludes all ports of a user'],
  ['1000', [], 'is not USER:PORTS'],
  ['1000: ', [], 'is not USER:PORTS'],
  ['1000:80:81', [], 'is not USER:PORTS'],
  ['2-1:80', [], 'names "2-1", which is not a user id'],
  ['1000:x', ['1000'], 'is not a port'],
]

for (const [text, ports, ...said] of PORTS)
  test(`ports of users ${text}`, () => {
    const [read, ...problems] = outcome((diagnostics) => readPortsForUsers(input(text), LOOKUP, diagnostics))
    const words = (read as ReturnType<typeof readPortsForUsers>).map((each) =>
      [each.user, ...each.ports.map(({ first, last }) => `${first}-${last}`)].join(' '),
    )
    assert.equal([words, problems], [ports, said])
  })

/** A variable, its value, and whether Kubernetes sets it for a Service. */
const LINKS: [variable: string, value: string, isLink: boolean][] = [
  ['APISIX_MESH_AGENT_SERVICE_HOST', '10.0.0.1', true],
  ['APISIX_MESH_AGENT_SERVICE_PORT', '80', true],
  ['APISIX_MESH_AGENT_SERVICE_PORT_HTTP', '80', true],
  ['APISIX_MESH_AGENT_PORT_80_TCP', 'x', true],
  ['APISIX_MESH_AGENT_PORT_80_UDP_PROTO', 'udp', true],
  ['APISIX_MESH_AGENT_PORT_80_SCTP_ADDR', '10.0.0.1', true],
  ['APISIX_MESH_AGENT_PORT_80_TCP_PORT', '80', true],
  ['APISIX_MESH_AGENT_APISIX_PORT', 'tcp://10.0.0.1:80', true],
  ['APISIX_MESH_AGENT_APISIX_PORT', 'udp://10.0.0.1:80', true],
  ['APISIX_MESH_AGENT_APISIX_PORT', 'sctp://10.0.0.1:80', true],
  ['APISIX_MESH_AGENT_APISIX_PORT', '9080', false],
  ['APISIX_MESH_AGENT_APISIX_PORT', 'x tcp://10.0.0.1:80', false],
  ['APISIX_MESH_AGENT_SERVICE_HOST_X', 'a', false],
  ['APISIX_MESH_AGENT_SERVICE_PORTS', '80', false],
  ['APISIX_MESH_AGENT_PORT_80_TCPX', '80', false],
  ['APISIX_MESH_AGENT_PORT_X_TCP', '80', false],
  ['APISIX_MESH_AGENT_PORT_80_TCP_X', '80', false],
]

for (const [variable, value, isLink] of LINKS)
  test(`${variable}=${value}`, () => assert.is(isServiceLink(variable, value), isLink))

test('a flag beats its variable, which may be empty or of a Service', () => {
  const env = (value: string) => ({ APISIX_MESH_AGENT_APISIX_PORT: value })
  const flag = '--apisix-port'
  assert.equal(given(flag, ['1'], env('2')), { name: flag, values: ['1'] })
  assert.equal(given(flag, undefined, env('2')), { name: 'APISIX_MESH_AGENT_APISIX_PORT', values: ['2'] })
  for (const value of ['', 'tcp://10.0.0.1:80'])
    assert.equal(given(flag, undefined, env(value)), { name: flag, values: [] })
})

test.run()
