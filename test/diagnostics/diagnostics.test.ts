import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Diagnostic, textOf } from '../../src/diagnostics/diagnostic'
import { Diagnostics } from '../../src/diagnostics/diagnostics'
import { suggestion } from '../../src/diagnostics/suggestion'
import { UserError } from '../../src/diagnostics/user-error'

/** Without its severity, and its line. */
const TEXTS: [diagnostic: Omit<Diagnostic, 'severity'>, text: string][] = [
  [{ problem: 'it is' }, 'it is.'],
  [{ problem: 'it is.' }, 'it is.'],
  [{ problem: 'is it?', remedy: 'Ask' }, 'is it? Ask.'],
  [{ problem: 'is wrong', subject: '--a', value: 'b' }, '--a: "b" is wrong.'],
  [{ problem: 'is missing', subject: '--a' }, '--a: is missing.'],
  [{ problem: 'is wrong', value: '' }, '"" is wrong.'],
  [{ problem: 'twice', code: 'duplicate', detail: 'no words' }, 'twice. [duplicate]'],
  [{ problem: 'two\nlines' }, 'two\\u000alines.'],
]

for (const [diagnostic, text] of TEXTS) test(text, () => assert.is(textOf({ severity: 'error', ...diagnostic }), text))

/** A word, known words, and what is meant. */
const MEANT: [word: string, words: string[], meant: string][] = [
  ['alx', ['alex', 'bob'], ' (did you mean "alex"?)'],
  ['al', ['alex'], ''],
  ['abcdef', ['abcdxy'], ' (did you mean "abcdxy"?)'],
  ['abcdef', ['abcxyz'], ''],
  ['a', ['b'], ' (did you mean "b"?)'],
  ['-port', ['apisix-port', 'outbound-ports', 'user'], ' (did you mean "apisix-port" or "outbound-ports"?)'],
  ['port', ['a-port', 'b-port', 'c-port', 'd-port'], ' (did you mean "a-port" or "b-port" or "c-port"?)'],
  ['por', ['outbound-ports'], ''],
  ['nosuch', [], ''],
]

for (const [word, words, meant] of MEANT) test(`${word} of ${words}`, () => assert.is(suggestion(word, words), meant))

test('of each kind the first 100 are kept, and that others were left out', () => {
  const diagnostics = new Diagnostics()
  const counts = () => [diagnostics.errors.length, diagnostics.warnings.length, diagnostics.isCut]
  for (let count = 0; count < 100; count++) {
    diagnostics.error('--a', '', 'is wrong')
    diagnostics.warn('duplicate', 'twice')
  }
  assert.equal(counts(), [100, 100, false])
  diagnostics.warn('host-bits', 'has them')
  assert.equal(counts(), [100, 101, false])
  diagnostics.warn('duplicate', 'twice')
  assert.equal(counts(), [100, 101, true])
  const more = new Diagnostics()
  for (let count = 0; count <= 100; count++) more.error('--a', '', 'is wrong')
  assert.equal([more.errors.length, more.isCut], [100, true])
})

test('what became of the rules is said of an error, and of no other text', () => {
  const error = new UserError('it failed', { remedy: 'Retry', detail: 'words', state: 'Nothing was changed' })
  assert.equal([error.message, error.state], ['it failed. Retry.', 'Nothing was changed'])
  const again = error.withState('All was changed')
  assert.equal([again.message, again.state, again.diagnostic], [error.message, 'All was changed', error.diagnostic])
})

test.run()
