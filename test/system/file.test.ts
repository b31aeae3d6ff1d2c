import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { unwritable } from '../../src/system/file'
import { writeWhole } from '../../src/system/write-whole'
import { workshop } from '../workshop'

const folder = workshop('file')
const at = (name: string) => join(folder, name)

test('a file is written whole, and nothing is left beside it', () => {
  writeWhole(at('rules'), 'old\n')
  writeWhole(at('rules'), 'new\n')
  assert.is(readFileSync(at('rules'), 'utf8'), 'new\n')
  assert.equal(readdirSync(folder), ['rules'])
})

for (const [umask, mode, expected] of [
  [0o022, 0o666, 0o644],
  [0o077, 0o666, 0o600],
  [0o027, 0o777, 0o750],
] as const)
  test(`a new file of mode ${mode.toString(8)} under umask ${umask.toString(8)}`, () => {
    const before = process.umask(umask)
    try {
      writeWhole(at(`new-${mode}-${umask}`), 'x', mode)
    } finally {
      process.umask(before)
    }
    assert.is(statSync(at(`new-${mode}-${umask}`)).mode & 0o777, expected)
  })

test('a file that is there keeps its mode, and its owner where we may give it away', () => {
  writeFileSync(at('theirs'), 'old')
  chmodSync(at('theirs'), 0o640)
  const isRoot = process.geteuid?.() === 0
  if (isRoot) chownSync(at('theirs'), 501, 20)
  writeWhole(at('theirs'), 'new', 0o777)
  const { mode, uid, gid } = statSync(at('theirs'))
  assert.is(mode & 0o7777, 0o640)
  if (isRoot) assert.equal([uid, gid], [501, 20])
  for (const [owner, group] of isRoot
    ? [
        [501, 0],
        [0, 20],
      ]
    : []) {
    chownSync(at('theirs'), owner as number, group as number)
    writeWhole(at('theirs'), 'new')
    const { uid, gid } = statSync(at('theirs'))
    assert.equal([uid, gid], [owner, group])
  }
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
  [at('elsewhere/new'), /cannot be written: .*elsewhere is a file, not a directory/],
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
