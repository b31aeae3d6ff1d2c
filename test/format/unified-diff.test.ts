import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { PLAIN } from '../../src/format/paint'
import { paintDiff, unifiedDiff } from '../../src/format/unified-diff'

const marked = (mark: string) => (text: string) => `${mark}(${text})`
const PAINT = { ...PLAIN, bold: marked('bold'), red: marked('red'), green: marked('green'), cyan: marked('cyan') }

/** Lines of a diff, and how they are coloured. */
const LINES: [line: string, painted: string][] = [
  ['--- old', 'bold(--- old)'],
  ['+++ new', 'bold(+++ new)'],
  ['@@ -1,2 +1,2 @@', 'cyan(@@ -1,2 +1,2 @@)'],
  [' same --- here +++ too', ' same --- here +++ too'],
  ['-gone', 'red(-gone)'],
  ['---gone', 'red(---gone)'],
  ['-a --- b', 'red(-a --- b)'],
  ['+new', 'green(+new)'],
  ['+\u001b[1m', 'green(+\\u001b[1m)'],
  ['', ''],
]

test('a diff in colours', () => {
  assert.is(paintDiff(LINES.map(([line]) => line).join('\n'), PAINT), LINES.map(([, painted]) => painted).join('\n'))
})

test('three lines around a change; none for equal texts; one line for a change of all', () => {
  const text = (changed: string) => `1\n2\n3\n4\n${changed}\n6\n7\n8\n9\n`
  assert.is(
    unifiedDiff(['a', 'b'], text('5'), text('five')),
    '--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n',
  )
  assert.is(unifiedDiff(['a', 'b'], 'x\n', 'x\n'), '')
  const many = (word: string) => `${word}\n`.repeat(3_000)
  assert.is(unifiedDiff(['a', 'b'], many('x'), many('y')), '--- a\n+++ b\n(more than 5000 lines differ)\n')
})

test.run()
