import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readFileText, readOrNothing, readStream, readText } from '../../src/system/read'
import { workshop } from '../workshop'

const folder = workshop('read')
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const fifo = (name: string) => {
  execFileSync('mkfifo', [join(folder, name)])
  return join(folder, name)
}
const failure = (read: Promise<string>) => read.then(String, ({ message }) => message)

const LONG = 'é'.repeat(100_000)

for (const text of ['', 'a\n', LONG])
  test(`a file of ${text.length} characters`, async () => {
    assert.is(await readText(file('text', text)), text)
    assert.is(readFileText(file('text', text)), text)
    assert.is(readOrNothing(file('text', text)), text)
    assert.is(await readStream(Readable.from([Buffer.from(text).subarray(0, 3), Buffer.from(text).subarray(3)])), text)
  })

test('no more than is allowed', async () => {
  const path = file('long', 'x'.repeat(2 ** 20 + 1))
  assert.is((await readText(path, 2 ** 20 + 1)).length, 2 ** 20 + 1)
  assert.is(await failure(readText(path, 2 ** 20)), 'it holds more than 1 MB')
  assert.is(readFileText(path, 2 ** 20 + 1).length, 2 ** 20 + 1)
  assert.throws(() => readFileText(path, 2 ** 20), 'it holds more than 1 MB')
  assert.is(await failure(readText('/dev/zero', 2 ** 20)), 'it holds more than 1 MB')
})

test('a pipe whose writer comes late, and pauses', async () => {
  const path = fifo('late')
  const writer = spawn('sh', ['-c', `sleep 0.1; { printf one; sleep 0.2; printf two; } > ${path}`])
  assert.is(await readText(path), 'onetwo')
  writer.kill()
})

test('files that are not there, and pipes that do not end', async () => {
  assert.match(await failure(readText(join(folder, 'nosuch'))), 'ENOENT')
  assert.throws(() => readFileText(join(folder, 'nosuch')), 'ENOENT')
  assert.throws(() => readFileText(fifo('pipe')), 'it is a pipe')
  assert.is(readOrNothing(join(folder, 'nosuch')), '')
})

test.run()
