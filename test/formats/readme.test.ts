import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, words } from '../support'

/** The recipes of the README, run as far as this machine allows. */
const readme = readFileSync('README.md', 'utf8')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text)
const folder = mkdtempSync('/tmp/readme-')

test('every line of the Dockerfiles is an instruction, and every file that is copied is made before', () => {
  const lines = blocks('dockerfile').flatMap((text) => text.split('\n').filter(Boolean))
  for (const line of lines) assert.match(line, /^(FROM|COPY|RUN|ENTRYPOINT) \S/)
  for (const entry of lines.filter((line) => line.startsWith('ENTRYPOINT'))) assert.ok(JSON.parse(entry.slice(11)))
  const [, made] = /--output (\S+)/.exec(lines.find((line) => line.includes('--format script')) ?? '') ?? []
  for (const copy of lines.filter((line) => line.startsWith('COPY --from=rules'))) assert.is(copy.split(' ')[2], made)
})

test('the command that the Dockerfile runs makes the script', async () => {
  const [, command = ''] = /^RUN \/src\/dist\/cli\.cjs (.*--output) /m.exec(blocks('dockerfile').join('\n')) ?? []
  const { status, stderr } = await cli(words(`${command} ${folder}/redirect`))
  assert.is(status, 0, stderr)
  assert.is(spawnSync(join(folder, 'redirect'), ['--dry-run'], { encoding: 'utf8' }).status, 0)
})

test('the golden diff answers like diff', () => {
  const [recipe = ''] = blocks('sh').filter((text) => text.includes('rules.golden'))
  const [make = '', compare = ''] = recipe
    .split('\n')
    .filter((line) => line.startsWith('npx'))
    .map((line) => line.replace('npx apisix-mesh-agent', `${process.execPath} ${resolve('dist/cli.cjs')}`))
  const run = (text: string) => spawnSync('sh', ['-c', text], { cwd: folder, encoding: 'utf8' })
  assert.is(run(make).status, 0)
  assert.is(run(compare).status, 0)
  writeFileSync(join(folder, 'rules.golden'), '*nat\nCOMMIT\n')
  assert.is(run(compare).status, 1)
})

test('the figures are those that were measured', () => {
  assert.ok(readme.includes(readFileSync('test/bench/results/bench.md', 'utf8')))
})

/** A command as the README shows it, and what it prints there. */
const shown = blocks('console').flatMap((text) =>
  [...text.matchAll(/^\$ npx apisix-mesh-agent (explain .*)\n([^$]*)/gm)].map(([, command = '', output = '']) => [
    command,
    output,
  ]),
)
for (const [command = '', output = ''] of shown)
  test(`the README shows what it prints: ${command}`, async () => {
    assert.is((await cli(words(command))).stdout, output)
  })

test.run()
