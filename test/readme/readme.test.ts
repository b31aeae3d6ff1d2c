import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { failureIn } from '../../src/diagnostics/tool-failures'
import { flagOf } from '../../src/options/input'
import { ROWS } from '../../src/options/table'
import { cli, words } from '../support'
import { workshop } from '../workshop'
import { BLOCKS, blocksOf, DOCUMENTS, FILES, SECTIONS } from './blocks'
import { play, stage } from './play'

for (const [section, steps] of SECTIONS)
  if (steps.every(({ isRoot }) => !isRoot))
    test(`typed as it is shown: ${section}`, async () => {
      const { folder, path } = stage()
      await play(steps, { path, enter: ['env', '-C', folder] })
    })

test('a block is in a language that is tried here', () => {
  const known = ['console', 'sh', 'yaml', 'mermaid', 'dockerfile', 'handlebars', 'ts', 'text', '']
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
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const ours = new Set(ROWS.map(([name]) => flagOf(name)))
  for (const word of ['--help', '--version', '--apply', '--clean', '--check']) ours.add(word)
  for (const [file, text] of DOCUMENTS) {
    for (const [, link = '', anchor] of text.matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
      const target = link === '' ? file : join(dirname(file), link)
      assert.ok(existsSync(target), `${file}: ${link}`)
      if (anchor) assert.ok(anchorsIn(DOCUMENTS.get(target) ?? '').includes(anchor), `${file}: ${link}#${anchor}`)
    }
    for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g)) assert.ok(scripts[script], `${file}: ${script}`)
    const own = text.replace(/^## (?:Compared with others|Coming from another mesh)$.*?(?=^## |$(?![\s\S]))/gms, '')
    for (const [, option = ''] of own.matchAll(/(?<=[ `([])(--[a-z][\w-]*)/g))
      assert.ok(ours.has(option) || OTHERS.has(option), `${file}: ${option}`)
  }
})

/** The headings of a document as GitHub makes anchors of them. */
const anchorsIn = (text: string) =>
  [...text.matchAll(/^#{1,3} (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )

test('the front door is short', () => {
  const [front = ''] = DOCUMENTS.values()
  assert.ok(Buffer.byteLength(front) <= 12 * 1024, `${Buffer.byteLength(front)} bytes`)
  assert.ok(front.split('\n').length <= 250)
})

test('each message to look for is one that the program explains', () => {
  const [, table = ''] = /^## Troubleshooting$(.*?)^## /ms.exec([...DOCUMENTS.values()][0] ?? '') ?? []
  const messages = [...table.matchAll(/^\| `+ ?(.*?) ?`+ \|/gm)].map(([, message = '']) => message)
  assert.is(messages.length, 10)
  for (const message of messages) assert.ok(failureIn(message), message)
})

test('the CI job passes where the rules are the golden ones', async () => {
  const { folder, path } = stage()
  const job = blocksOf('yaml').find(({ text }) => text.startsWith('# .github/'))?.text ?? ''
  const lines = [...job.matchAll(/- run: (npx .* check .*)/g)].map(([, line = '']) => line)
  assert.is(lines.length, 1)
  const written = lines.map((line) => line.replace(/ check (.*) --golden/, ' iptables $1 --output'))
  const steps = [...written, ...lines].map((command) => ({ command, isRoot: false, output: '' }))
  await play(steps, { path, enter: ['env', '-C', folder] })
})

/** Options of other programs that are shown. */
const OTHERS = new Set(
  '--reconcile --prefix --no-install-recommends --no-cache --global --save-dev --no --noflush --to-ports --dport --dports --uid-owner --gid-owner --now --cap-add --network --install --post-renderer --post-renderer-args'.split(
    ' ',
  ),
)

test('the figures are those that were measured', () => {
  assert.ok(DOCUMENTS.get('test/bench/README.md')?.includes(readFileSync('test/bench/results/bench.md', 'utf8')))
})

test.run()
