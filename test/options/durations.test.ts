import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Diagnostics } from '../../src/diagnostics/diagnostics'
import { readDuration } from '../../src/options/values'

/** What is written, and the seconds that it means; undefined for a fault. */
const DURATIONS: [text: string, seconds: number | undefined][] = [
  ['5', 5],
  ['5s', 5],
  ['2m', 120],
  ['1h', 3600],
  ['24h', 86400],
  ['86400', 86400],
  ['1440m', 86400],
  ['1', 1],
  ['86401', undefined],
  ['000001', undefined],
  ['25h', undefined],
  ['0', undefined],
  ['-1', undefined],
  ['1.5s', undefined],
  ['5 s', undefined],
  ['5ms', undefined],
  ['', undefined],
]

for (const [text, seconds] of DURATIONS)
  test(JSON.stringify(text), () => {
    const diagnostics = new Diagnostics()
    const read = readDuration({ name: '--wait', values: [text] }, diagnostics)
    assert.equal([read, diagnostics.errors.length], seconds === undefined ? [undefined, 1] : [seconds, 0])
  })

test('not given', () => assert.is(readDuration({ name: '--wait', values: [] }, new Diagnostics()), undefined))

test.run()
