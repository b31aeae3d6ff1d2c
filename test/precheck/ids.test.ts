import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { BackendName } from '../../src/netfilter/backend'
import { checkCounting, checkOwners, isMapped } from '../../src/precheck/ids'

const ALL = '         0          0 4294967295\n'
const ROOT = '         0       1000          1\n'
const ROOTLESS = '         0       1000          1\n         1     100000      65536\n'
const HOLED = '0 0 10\n20 20 10\n'

/** The text of uid_map, an id or range, and whether the kernel takes it. */
const CASES: [map: string, ids: string, mapped: boolean][] = [
  [ALL, '0', true],
  [ALL, '4294967294', true],
  ['', '501', true],
  [ROOT, '0', true],
  [ROOT, '501', false],
  [ROOT, '0-1', false],
  [ROOTLESS, '65536', true],
  [ROOTLESS, '65537', false],
  [ROOTLESS, '1000-2000', true],
  [ROOTLESS, '65000-66000', false],
  [HOLED, '9', true],
  [HOLED, '10', false],
  [HOLED, '19', false],
  [HOLED, '5-25', true],
]

for (const [map, ids, mapped] of CASES)
  test(`${ids} in ${JSON.stringify(map)}`, () => assert.is(isMapped(map, ids), mapped))

const links = (user: string, net: string) => (path: string) =>
  ({
    '/proc/7/ns/user': user,
    '/proc/7/ns/net': net,
    '/proc/self/ns/user': 'user:[1]',
    '/proc/self/ns/net': 'net:[1]',
  })[path]

/** The namespace that is meant, the user and network namespace of process 7 (ours are 1), and whether there is doubt. */
const OWNERS: [netns: string | undefined, user: string, net: string, doubt: boolean][] = [
  [undefined, 'user:[2]', 'net:[2]', false],
  ['/run/netns/seven', 'user:[2]', 'net:[2]', false],
  ['/proc/8/ns/net', 'user:[2]', 'net:[2]', false],
  ['/proc/7/ns/net', 'user:[1]', 'net:[2]', false],
  ['/proc/7/ns/net', 'user:[2]', 'net:[1]', false],
  ['/proc/7/ns/net', 'user:[2]', 'net:[2]', true],
]

for (const [netns, user, net, doubt] of OWNERS)
  test(`${netns}, ${user}, ${net}`, () => assert.is(checkOwners(netns, links(user, net)).length, doubt ? 1 : 0))

const WHOLE = '         0          0 4294967295\n'
const COUNTING: [map: string, backends: BackendName[], warnings: number][] = [
  [WHOLE, ['legacy'], 0],
  ['', ['legacy'], 0],
  ['0 1000 1\n', ['nft'], 0],
  ['0 1000 1\n', ['legacy'], 1],
]

for (const [map, backends, warnings] of COUNTING)
  test(`capabilities under ${JSON.stringify(map)}, ${backends}`, () =>
    assert.is(checkCounting(map, backends).length, warnings))

test.run()
