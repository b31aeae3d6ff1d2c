import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unwritable } from '../../src/system/file'
import { writeWhole } from '../../src/system/write-whole'

const folder = mkdtempSync('/tmp/file-')
const at = (name: string) => join(folder, name)

test('a file is written whole, readable by all, and nothing is left beside it', () => {
  writeWhole(at('rules'), 'old\n')
  writeWhole(at('rules'), 'new\n')
  assert.is(readFileSync(at('rules'), 'utf8'), 'new\n')
  assert.is(statSync(at('rules')).mode & 0o777, 0o644)
  assert.equal(readdirSync(folder), ['rules'])
})

test('a link is replaced, never followed', () => {
  writeFileSync(at('elsewhere'), 'theirs')
  symlinkSync(at('elsewhere'), at('link'))
  writeWhole(at('link'), 'ours')
  assert.is(readFileSync(at('elsewhere'), 'utf8'), 'theirs')
  assert.is(readFileSync(at('link'), 'utf8'), 'ours')
})

test('a failed write leaves the old file and no other', () => {
  mkdirSync(at('full'))
  mkdirSync(at('full/taken'))
  assert.throws(() => writeWhole(at('full/taken'), 'x'))
  assert.equal(readdirSync(at('full')), ['taken'])
})

const PATHS: [path: string, problem: RegExp | undefined][] = [
  [at('new'), undefined],
  [at('elsewhere'), undefined],
  [folder, /is a directory/],
  [at('new/'), /is a directory/],
  [at('none/new'), /lies in no directory/],
  [at('elsewhere/new'), /lies in no directory/],
  ['/dev/null', /is not a regular file/],
  ['/dev/stdout', /is not a regular file/],
  ['-', /is no file/],
  [at('x'.repeat(300)), /cannot be looked at: ENAMETOOLONG/],
  ['', /is not a path/],
  ['a\0b', /is not a path/],
]

for (const [path, problem] of PATHS)
  test(`${JSON.stringify(path.replace(folder, ''))}: ${problem ?? 'fine'}`, () => {
    if (problem) assert.match(unwritable(path) ?? '', problem)
    else assert.is(unwritable(path), undefined)
  })

test.run()
