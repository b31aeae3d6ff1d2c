import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { WARNINGS } from '../../src/diagnostics/diagnostic'
import { optionsTable } from './options-table'

const FILE = 'src/commands/README.md'

const warningsTable = () =>
  [
    '| code | what it means |',
    '|---|---|',
    ...Object.entries(WARNINGS).map((cells) => `| ${cells.join(' | ')} |`),
    '',
  ].join('\n')

for (const [name, table] of [
  ['options', optionsTable],
  ['warnings', warningsTable],
] as const)
  test(`the reference of ${name} is that of the program`, () => {
    const text = readFileSync(FILE, 'utf8')
    const start = `<!-- ${name}: written by \`npm run golden\` -->\n`
    const end = `<!-- end of ${name} -->`
    const [before = '', rest = ''] = text.split(start)
    const [shown = '', after = ''] = rest.split(end)
    if (process.env.UPDATE_GOLDEN) writeFileSync(FILE, [before, start, table(), end, after].join(''))
    else assert.is(shown, table(), 'run `npm run golden`')
  })

test.run()
