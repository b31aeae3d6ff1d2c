import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { testWith } from '../needing'

/** Tests what holds for every script, whatever it is made of. */
export function testPlain(what: string, text: string): void {
  test(`${what}: nothing that Kubernetes would expand, no here-document, plain text`, () => {
    assert.not.match(text, /\$\$|\$\([A-Za-z_][\w.-]*\)/)
    assert.not.match(text, /<</)
    assert.match(text, /^[\n -~]*\n$/)
  })

  testWith('shellcheck', `${what}: shellcheck has nothing to say`, () => {
    for (const dialect of ['sh', 'dash', 'bash']) {
      const check = ['-s', dialect, '-S', 'style', '-']
      const { stdout, status } = spawnSync('shellcheck', check, { input: text, encoding: 'utf8' })
      assert.equal([stdout, status], ['', 0])
    }
  })
}
