import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { noticesOf, packagesOf } from '../../src/build/notices'
import { workshop } from '../workshop'

const SOURCES = [
  'src',
  'templates',
  'package.json',
  'tsconfig.json',
  '.tsconfig.types.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
]
const folder = workshop('supply')

/** Builds and packs a copy of the sources, and gives the path of the package. */
function packed(name: string): string {
  const copy = join(folder, name)
  mkdirSync(copy, { recursive: true })
  for (const each of SOURCES) cpSync(each, join(copy, each), { recursive: true })
  symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))
  const run = (...args: string[]) => execFileSync('npm', args, { cwd: copy, encoding: 'utf8', stdio: 'pipe' })
  run('run', '--silent', 'build')
  return join(copy, run('pack', '--ignore-scripts', '--silent').trim())
}

const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
const inPackage = (file: string, path: string) =>
  execFileSync('tar', ['-xzOf', file, `package/${path}`], { encoding: 'utf8', maxBuffer: 2 ** 26 })
const filesOf = (file: string) => execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n')

let one = ''
let other = ''
test.before(() => {
  one = packed('one')
  other = packed('another/much deeper')
})

test('two builds in different folders give the same package, to the byte', () => {
  const differing = filesOf(one).filter((path) => {
    const name = path.replace('package/', '')
    return inPackage(one, name) !== inPackage(other, name)
  })
  assert.equal(differing, [])
  assert.equal(filesOf(one), filesOf(other))
  assert.is(hash(one), hash(other))
})

test('no path of the building machine is in it', () => {
  for (const path of filesOf(one)) assert.not.match(inPackage(one, path.replace('package/', '')), folder, path)
})

test('who installs it runs nothing and gets no other package', () => {
  const { scripts, ...manifest } = JSON.parse(inPackage(one, 'package.json'))
  for (const name of ['preinstall', 'install', 'postinstall']) assert.is(scripts?.[name], undefined)
  for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies', 'bundleDependencies'])
    assert.is(manifest[kind], undefined)
  assert.is(
    filesOf(one).some((path) => /binding\.gyp|node_modules/.test(path)),
    false,
  )
})

test('the notices of all that is bundled travel with it', () => {
  const notices = inPackage(one, 'dist/THIRD-PARTY-NOTICES.txt')
  const named = [...notices.matchAll(/^(\S+) \d+\.\d+\.\d+ \((MIT|ISC|BSD-[23]-Clause|Apache-2\.0|0BSD)\)$/gm)].map(
    ([, name]) => name,
  )
  const bundled = ['clipanion', 'diff', 'fastest-levenshtein', 'handlebars', 'ipaddr.js', 'source-map', 'tmp', 'yaml']
  assert.equal(named, bundled)
  for (const each of notices.split('-'.repeat(80)).slice(1)) assert.match(each, /Copyright[\s\S]*permi(ssion|tted)/i)
})

test('it holds what runs and nothing else, and is as large as the README says', () => {
  for (const path of filesOf(one))
    assert.match(
      path,
      /^package\/(dist\/([\w-]+\.cjs|index\.d\.ts|THIRD-PARTY-NOTICES\.txt|apisix-mesh-agent\.8)|[A-Z]+(\.md)?|package\.json)$/,
    )
  const [, kilobytes = '', megabytes] =
    /one file of (\d+) KB, ([\d.]+) MB installed/.exec(readFileSync('README.md', 'utf8')) ?? []
  const installed = filesOf(one).reduce(
    (sum, path) => sum + Buffer.byteLength(inPackage(one, path.replace('package/', ''))),
    0,
  )
  assert.ok(statSync(one).size < Number(kilobytes) * 1000, `${statSync(one).size} bytes`)
  assert.is((installed / 1e6).toFixed(1), megabytes)
})

test('what asks for more than a notice, or has none, is not bundled', () => {
  assert.equal(packagesOf(['src/a.ts', 'node_modules/a/b.js', 'x/node_modules/a/node_modules/@b/c/d.js']), [
    '@b/c',
    'a',
  ])
  assert.throws(() => noticesOf(['no-such-package']), /ENOENT/)
})

test.run()
