import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { absolute, find, isRelative } from '../../src/system/find'

/** A PATH, its absolute entries, and whether it has others. */
const PATHS: [path: string | undefined, entries: string[], relative: boolean][] = [
  [undefined, [], false],
  ['/bin', ['/bin'], false],
  ['/bin:/sbin', ['/bin', '/sbin'], false],
  ['/bin:.:/sbin', ['/bin', '/sbin'], true],
  ['/bin:', ['/bin'], true],
  ['', [], true],
]

for (const [path, entries, relative] of PATHS)
  test(`PATH=${path}`, () => assert.equal([absolute(path), isRelative(path)], [entries, relative]))

test('an executable, and nothing else of that name', () => {
  assert.is(find('sh', '/nosuch:/bin'), '/bin/sh')
  assert.is(find('passwd', '/etc:/nosuch'), undefined)
})

test.run()
