import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAllDocuments } from 'yaml'
import { type Fields, fieldsOf, listOf } from '../../src/inject/manifest'
import { cli, words } from '../support'
import { MANIFESTS } from './fixtures'

const OPTIONS = '--image registry.example/iptables:1.8 --apisix-user 636:636 --inbound-ports 80'
const inject = (stdin: string, options = OPTIONS) => cli(words(`inject ${options}`), { stdin })

const remove = async (stdin: string) => {
  const { status, stdout, stderr } = await cli(words('inject --remove'), { stdin })
  assert.is(status, 0, stderr)
  return stdout
}

for (const { title, text } of MANIFESTS) {
  test(`twice is as once, and removed as before, to the byte: ${title}`, async () => {
    const once = await inject(text)
    assert.is(once.status, 0, once.stderr)
    assert.is((await inject(once.stdout)).stdout, once.stdout)
    assert.is(await remove(once.stdout), text)
    assert.is(await remove(text), text)
    // Other options replace it, also those that need no volume.
    const other = await inject(text, `${OPTIONS} --native-nftables`)
    assert.is((await inject(once.stdout, `${OPTIONS} --native-nftables`)).stdout, other.stdout)
    assert.is(await remove(other.stdout), text)
  })

  test(`every line stays, and in its order: ${title}`, async () => {
    const { stdout } = await inject(text)
    const lines = stdout.split('\n').map((line) => line.trimEnd())
    let at = -1
    const changed = text.split('\n').filter((line) => {
      const found = lines.indexOf(line.trimEnd(), at + 1)
      at = found < 0 ? at : found
      return found < 0
    })
    // In flow style an entry is added to a line.
    assert.ok(changed.every((line) => /[[{}:]/.test(line)) && changed.length <= 2 * podsIn(text), changed.join('\n'))
    if (text.includes('\r\n')) assert.not.match(stdout, /[^\r]\n/)
    else assert.not.match(stdout, /\r/)
  })

  test(`nothing but the init container and its volume is added: ${title}`, async () => {
    const [before, after] = [read(text), read((await inject(text)).stdout)]
    for (const spec of after.flatMap(podsOf)) takeOut(spec)
    assert.equal(after, before.map(withoutEmpty))
  })
}

const read = (text: string) =>
  parseAllDocuments(text, { version: '1.1' }).map((document) => {
    assert.equal(document.errors, [])
    return JSON.parse(JSON.stringify(document.toJS() ?? null))
  })

/** The specs of pods, by their containers: found in another way than the program does. */
function podsOf(value: unknown): Fields[] {
  if (typeof value !== 'object' || value === null) return []
  const own = 'containers' in value && !listOf(value.containers).some(({ name }) => name === 'stays') ? [value] : []
  return [...(own as Fields[]), ...Object.values(value).flatMap(podsOf)]
}

const podsIn = (text: string) => read(text).flatMap(podsOf).length

/** Asserts that a spec has what it should, and takes it out. */
function takeOut(spec: Fields): void {
  if (spec.hostNetwork) return
  const inits = spec.initContainers as Fields[]
  const volumes = spec.volumes as Fields[]
  const last = inits.pop()
  assert.is(last?.name, 'apisix-mesh-agent')
  assert.equal(Object.keys(fieldsOf(last)).sort().slice(0, 4), ['args', 'command', 'env', 'image'])
  const mount = fieldsOf(listOf(last?.volumeMounts)[0])
  assert.equal(volumes.filter(({ name }) => name === mount.name).length, 1)
  if (fieldsOf(volumes.at(-1)?.emptyDir).medium === undefined) volumes.pop()
  if (inits.length === 0) delete spec.initContainers
  if (volumes.length === 0) delete spec.volumes
}

/** Lists without entries are as good as none. */
function withoutEmpty(value: unknown): unknown {
  for (const spec of podsOf(value))
    for (const key of ['initContainers', 'volumes']) if (listOf(spec[key]).length === 0) delete spec[key]
  return value
}

test.run()
