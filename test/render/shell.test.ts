import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { commandLine, shellPath } from '../../src/render/shell'

/** A word as that of a command line, and as a path. */
const WORDS: [word: string, inCommand: string, asPath: string][] = [
  ['aZ_09@%+=:,./-', 'aZ_09@%+=:,./-', 'aZ_09@%+=:,./-'],
  ['', "''", "''"],
  ['a b', "'a b'", "'a b'"],
  ["it's", "'it'\\''s'", "'it'\\''s'"],
  ['*', "'*'", "'*'"],
  ['a\nb', "'a\\u{a}b'", "'a\\u000ab'"],
  ['é', "'\\u{e9}'", "'é'"],
  ['-rf', '-rf', './-rf'],
]

for (const [word, inCommand, asPath] of WORDS)
  test(JSON.stringify(word), () => {
    assert.is(commandLine([word]), `apisix-mesh-agent ${inCommand}`)
    assert.is(shellPath(word), asPath)
  })

test.run()
