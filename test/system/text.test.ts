import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { allOf, asJson, oneOf, printable, quote, reasonOf } from '../../src/system/text'

/** The first and last of the characters that are escaped in each text that is printed, besides those below a space. */
const UNSEEN: [first: number, last: number][] = [
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x61c, 0x61c],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xfeff, 0xfeff],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe007f],
]

/** All characters, without halves of pairs. */
const CODES = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff)
const isUnseen = (code: number) => UNSEEN.some(([first, last]) => first <= code && code <= last)
const escapedBy = (write: (text: string) => string) =>
  CODES.filter((code) => write(String.fromCodePoint(code))[0] === '\\')

test('these characters are escaped, and no others', () => {
  const backslash = 0x5c
  assert.equal(
    escapedBy(printable),
    CODES.filter((code) => code < 0x20 || code === backslash || isUnseen(code)),
  )
  const inJson = escapedBy((text) => quote(text).slice(1, -1))
  assert.equal(
    inJson,
    CODES.filter((code) => code < 0x20 || code === backslash || code === 0x22 || isUnseen(code)),
  )
})

test('how they are escaped', () => {
  assert.is(printable('a\u001b[1m\n\u{e0041}'), 'a\\u001b[1m\\u000a\\udb40\\udc41')
  assert.is(quote('a"\u202e\n'), '"a\\"\\u202e\\n"')
  assert.is(asJson({ a: ['\u200b'] }), '{\n  "a": [\n    "\\u200b"\n  ]\n}\n')
  assert.is(reasonOf(new Error('one \n  two\u0007')), 'one two\\u0007')
})

test('words in a sentence', () => {
  for (const [words, and, or] of [
    [['a'], 'a', 'a'],
    [['a', 'b'], 'a and b', 'a or b'],
    [['a', 'b', 'c'], 'a, b and c', 'a, b or c'],
  ] as const)
    assert.equal([allOf(words), oneOf(words)], [and, or])
})

test.run()
