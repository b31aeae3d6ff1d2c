import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { workshop } from '../workshop'

/** The package as it would be published, installed into an empty folder. */
const folder = workshop('package')
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
const written = (file: string, text: string) => {
  writeFileSync(join(folder, file), text)
  return file
}

let packed = ''

test.before(() => {
  const name = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    encoding: 'utf8',
  })
  packed = join(folder, name.trim())
  written('package.json', '{"private": true}')
  run('npm', 'install', '--offline', '--silent', '--no-audit', '--no-fund', packed)
})

const USE =
  "const text = render({ apisixUser: { uid: 501, gid: 20 }, inboundPorts: [80] })\nif (!text.startsWith('*nat')) throw text"

test('it brings no other package along, and nothing but what is needed', () => {
  const installed = run('npm', 'ls', '--all', '--parseable').trim().split('\n').slice(1)
  assert.is(installed.length, 1)
  const files = run('find', 'node_modules/apisix-mesh-agent', '-type', 'f').trim().split('\n')
  const outside = files.map((file) => file.split('/')[2]).filter((name) => name !== 'dist')
  assert.equal(outside.sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
})

test('the command', () => {
  const printed = run('npx', 'apisix-mesh-agent', 'iptables', '--apisix-user', '501:20', '--dry-run')
  assert.match(printed, '--uid-owner 501')
})

test('installed globally, it brings its man page', () => {
  run('npm', 'install', '-g', '--prefix', 'global', '--offline', '--silent', '--no-audit', '--no-fund', packed)
  assert.match(run('cat', 'global/share/man/man8/apisix-mesh-agent.8'), /^\.TH APISIX/)
})

test('from CommonJS', () => {
  run('node', written('use.cjs', `const { render } = require('apisix-mesh-agent')\n${USE}`))
})

test('from ESM', () => {
  run('node', written('use.mjs', `import { render } from 'apisix-mesh-agent'\n${USE}`))
})

for (const [module, file] of [
  ['nodenext', 'use.mts'],
  ['nodenext', 'use.cts'],
  ['preserve', 'use.ts'],
] as const)
  test(`from TypeScript: ${file}, module ${module}`, () => {
    const source = `import { render, type Options } from 'apisix-mesh-agent'\nconst o: Options = { apisixUser: { uid: 1, gid: 2 } }\nconst text: string = render(o)\n// @ts-expect-error a name needs a lookup\nrender({ apisixUser: 'alex' })\nexport { text }\n`
    run(
      resolve('node_modules/.bin/tsc'),
      '--strict',
      '--noEmit',
      '--types',
      '',
      '--module',
      module,
      written(file, source),
    )
  })

test('what is not public cannot be reached', () => {
  assert.throws(() => run('node', '-e', "require('apisix-mesh-agent/dist/cli.cjs')"), /ERR_PACKAGE_PATH_NOT_EXPORTED/)
})

test.run()
