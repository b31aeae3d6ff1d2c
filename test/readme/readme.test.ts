import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { flagOf } from '../../src/options/input'
import { ROWS } from '../../src/options/table'
import { cli, words } from '../support'
import { workshop } from '../workshop'
import { BLOCKS, blocksOf, FILES, README, SECTIONS } from './blocks'
import { play, stage } from './play'

for (const [section, steps] of SECTIONS)
  if (steps.every(({ isRoot }) => !isRoot))
    test(`typed as it is shown: ${section}`, async () => {
      const { folder, path } = stage()
      await play(steps, { path, enter: ['env', '-C', folder] })
    })

test('a block is in a language that is tried here', () => {
  const known = ['console', 'sh', 'yaml', 'mermaid', 'dockerfile', 'handlebars', 'ts', '']
  assert.equal(
    BLOCKS.filter(({ language }) => !known.includes(language)),
    [],
  )
  for (const { text } of blocksOf('mermaid')) assert.match(text, /^flowchart (LR|TD)\n/)
})

test('every line of the Dockerfiles is an instruction, and every file that is copied is made before', async () => {
  const lines = blocksOf('dockerfile').flatMap(({ text }) => text.split('\n').filter(Boolean))
  for (const line of lines) assert.match(line, /^(FROM|COPY|RUN|ENTRYPOINT) \S/)
  for (const entry of lines.filter((line) => line.startsWith('ENTRYPOINT'))) assert.ok(JSON.parse(entry.slice(11)))
  const [made = ''] = lines.filter((line) => line.includes('--format script'))
  const output = /--output (\S+)/.exec(made)?.[1]
  for (const copy of lines.filter((line) => line.startsWith('COPY --from=rules'))) assert.is(copy.split(' ')[2], output)
  for (const line of lines.filter((each) => / iptables -/.test(each) && !each.includes('--root'))) {
    const command = line
      .replace(/^RUN (?:\/src\/dist\/cli\.cjs|apisix-mesh-agent) /, '')
      .replace(/--output \S+/, '--dry-run')
    assert.is((await cli(words(command))).status, 0, line)
  }
})

test('nothing is to be warned of in a manifest that is shown', async () => {
  const options = '--image a --apisix-user 636:636 --inbound-ports 8080 --strict'
  assert.is(FILES.length, 1)
  for (const { text } of FILES) {
    const { status, stderr } = await cli(words(`inject ${options}`), { stdin: text })
    assert.is(stderr, '')
    assert.is(status, 0)
  }
})

test('the template renders', async () => {
  for (const { text } of blocksOf('handlebars')) {
    const file = join(workshop('template'), 'mine.hbs')
    writeFileSync(file, text)
    const command = `iptables --apisix-user 501:20 --inbound-ports 80 --template ${file} --dry-run`
    const { status, stdout, stderr } = await cli(words(command))
    assert.is(status, 0, stderr)
    assert.match(stdout, '# proxy port 9080, user 501\niptables -w -t nat -N APISIX_REDIRECT\n')
  }
})

test('the library is used as shown, and its types agree', () => {
  const folder = workshop('library')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(resolve('.'), join(folder, 'node_modules/apisix-mesh-agent'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  const file = join(folder, 'example.ts')
  writeFileSync(file, `${blocksOf('ts')[0]?.text}\nconsole.log(document)\n`)
  const bin = resolve('node_modules/.bin')
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', '']
  execFileSync(join(bin, 'tsc'), [...options, file], { cwd: folder, stdio: 'pipe' })
  const printed = execFileSync(join(bin, 'tsx'), [file], { cwd: folder, encoding: 'utf8' })
  assert.match(printed, '-A APISIX_INBOUND -p tcp --dport 443 -j APISIX_REDIRECT\nCOMMIT\n')
})

test('what is named exists: files, scripts, options', async () => {
  for (const [, link = ''] of README.matchAll(/\]\(([^)#:]+)\)/g)) assert.ok(existsSync(link), link)
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const [, script = ''] of README.matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts[script], script)
  const ours = new Set(ROWS.map(([name]) => flagOf(name)))
  for (const word of ['--help', '--version', '--apply', '--clean', '--check']) ours.add(word)
  const [before = '', , after = ''] = README.split(/^## (?:Compared with others|Coming from another mesh)$/m)
  for (const [, option = ''] of (before + after.replace(/.*?^## /ms, '')).matchAll(/(?<=[ `([])(--[a-z][\w-]*)/g))
    assert.ok(ours.has(option) || OTHERS.has(option), option)
})

/** Options of other programs that the README shows. */
const OTHERS = new Set(
  '--prefix --no-install-recommends --no-cache --global --save-dev --no --noflush --to-ports --dport --dports --uid-owner --gid-owner --now --cap-add --network --install --post-renderer --post-renderer-args'.split(
    ' ',
  ),
)

test('the figures are those that were measured', () => {
  assert.ok(README.includes(readFileSync('test/bench/results/bench.md', 'utf8')))
})

test.run()
