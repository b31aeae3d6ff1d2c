import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { optionsTable } from './options-table'

const START = '<!-- options: written by `npm run golden` -->\n'
const END = '<!-- end of options -->'

test('the table of options in the README is that of the commands', async () => {
  const readme = readFileSync('README.md', 'utf8')
  const [before = '', rest = ''] = readme.split(START)
  const [shown = '', after = ''] = rest.split(END)
  const table = optionsTable()
  if (process.env.UPDATE_GOLDEN) writeFileSync('README.md', [before, START, table, END, after].join(''))
  else assert.is(shown, table, 'run `npm run golden`')
})

test.run()
