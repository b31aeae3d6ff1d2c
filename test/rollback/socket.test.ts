import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkPlace } from '../../src/rollback/connection'
import { workshop } from '../workshop'

const folder = (mode: number) => (place: string) => {
  mkdirSync(place)
  chmodSync(place, mode)
}

/** How the place looks, and what is said of it; nothing when a rollback guard that listens there is ours. */
const PLACES: [what: string, make: (place: string, parent: string) => void, says: string][] = [
  ['is not there', () => {}, ''],
  ['is ours alone', folder(0o700), ''],
  ['can be written by others', folder(0o777), 'is not a directory of root alone'],
  ['can be read by others', folder(0o755), 'is not a directory of root alone'],
  ['is a link', (place) => symlinkSync('/root', place), 'is not a directory of root alone'],
  ['is a file', (place) => writeFileSync(place, ''), 'is not a directory of root alone'],
  ['can be replaced by others', (_, parent) => chmodSync(parent, 0o777), 'other users may write in'],
  ['lies where others write, but not over each other', (_, parent) => chmodSync(parent, 0o1777), ''],
]

for (const [what, make, says] of PLACES)
  test(`the place of rollback guards ${what}`, () => {
    const parent = workshop('place')
    make(join(parent, 'rollback guards'), parent)
    const check = () => checkPlace(join(parent, 'rollback guards'))
    if (says) assert.throws(check, new RegExp(says))
    else check()
  })

test.run()
