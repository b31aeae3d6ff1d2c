import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cacheFolder } from '../../src/system/compile-cache'
import { exec } from '../kernel/harness/exec'
import { testAsRoot } from '../needing'
import { workshop } from '../workshop'

const NAME = 'apisix-mesh-agent'
const mine = (home: string) => cacheFolder({ HOME: home })

test('it is made for the user alone', () => {
  const home = workshop('home')
  assert.is(mine(home), join(home, '.cache', NAME))
  assert.is(statSync(join(home, '.cache', NAME)).mode & 0o777, 0o700)
  assert.is(mine(home), join(home, '.cache', NAME))
})

test('XDG_CACHE_HOME says where caches are', () => {
  const caches = workshop('caches')
  assert.is(cacheFolder({ HOME: '/nosuch', XDG_CACHE_HOME: caches }), join(caches, NAME))
})

for (const [what, env] of [
  ['no home', {}],
  ['a relative home', { HOME: 'home' }],
  ['the root of the file system', { HOME: '/' }],
  ['a home that is not there', { HOME: '/proc/home' }],
] as [string, NodeJS.ProcessEnv][])
  test(`none: ${what}`, () => assert.is(cacheFolder(env), undefined))

/** What others could write. */
const UNSAFE: [what: string, prepare: (cache: string, own: string) => void][] = [
  ['a folder that others can write', (_, own) => chmodSync(own, 0o777)],
  ['a folder that the group can read', (_, own) => chmodSync(own, 0o750)],
  ['a parent that others can write', (cache) => chmodSync(cache, 0o777)],
]

for (const [what, prepare] of UNSAFE)
  test(`none: ${what}`, () => {
    const home = workshop('home')
    const own = mine(home) as string
    prepare(join(home, '.cache'), own)
    assert.is(mine(home), undefined)
  })

test('none: a link', () => {
  const [home, elsewhere] = [workshop('home'), workshop('elsewhere')]
  chmodSync(elsewhere, 0o700)
  mkdirSync(join(home, '.cache'), 0o700)
  symlinkSync(elsewhere, join(home, '.cache', NAME))
  assert.is(mine(home), undefined)
})

testAsRoot("none: another user's", () => {
  const home = workshop('home')
  chownSync(mine(home) as string, 501, 20)
  assert.is(mine(home), undefined)
})

test('the program prints the same with and without', async () => {
  const home = workshop('home')
  const line = [
    process.execPath,
    'dist/cli.cjs',
    'iptables',
    '--apisix-user',
    '501:20',
    '--inbound-ports',
    '80',
    '--dry-run',
  ]
  const runs = [['env'], ['env', `HOME=${home}`], ['env', `HOME=${home}`]]
  const [without, ...cached] = await Promise.all(runs.map((env) => exec([...env, ...line])))
  for (const run of cached) assert.equal(run, without)
  const isKept = Number(process.versions.node.split('.')[0]) >= 22
  assert.is(existsSync(join(home, '.cache')), isKept)
  if (isKept) assert.ok(readdirSync(join(home, '.cache', NAME)).length > 0)
})

test.run()
