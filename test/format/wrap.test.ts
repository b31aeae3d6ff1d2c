import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { wrap } from '../../src/format/wrap'

const long = 'x'.repeat(90)

/** A text, how far it is indented, and its lines. */
const WRAPPED: [text: string, indent: number, ...lines: string[]][] = [
  ['', 0, ''],
  ['one two', 2, '  one two'],
  ['one\n  two', 0, 'one two'],
  [`${'a'.repeat(78)} b`, 0, `${'a'.repeat(78)} b`],
  [`${'a'.repeat(79)} b`, 0, 'a'.repeat(79), 'b'],
  [`${'a'.repeat(76)} b`, 3, `   ${'a'.repeat(76)}`, '   b'],
  [`a \`-A ${'x '.repeat(40)}\` b`, 0, 'a', `\`-A ${'x '.repeat(40)}\``, 'b'],
  [`a ${long} b`, 1, ' a', ` ${long}`, ' b'],
]

for (const [text, indent, ...lines] of WRAPPED)
  test(`${text.length} characters, indented by ${indent}`, () => assert.equal(wrap(text, indent), lines))

test.run()
