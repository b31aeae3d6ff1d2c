import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseAllDocuments } from 'yaml'
import { type Fields, listOf } from '../../src/inject/manifest'
import { BLOCKS } from '../readme/blocks'
import { cli, words } from '../support'
import { workshop } from '../workshop'
import { MANIFESTS } from './fixtures'

/** Where the types of Kubernetes' API have each kind. */
const TYPES: Record<string, string> = {
  Pod: 'core/v1',
  ConfigMap: 'core/v1',
  Service: 'core/v1',
  Namespace: 'core/v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
}

const itemsOf = (object: Fields): Fields[] =>
  object.kind === 'List' ? listOf(object.items).flatMap(itemsOf) : [object]

/** The objects of a stream, those of lists too, but for other APIs. */
const objectsOf = (text: string) =>
  parseAllDocuments(text, { version: '1.1' })
    .flatMap((document) => itemsOf((document.toJS() ?? {}) as Fields))
    .filter(({ apiVersion }) => typeof apiVersion === 'string' && !apiVersion.includes('example'))

/** A program that the compiler accepts if each object has the fields of its kind, of their types, and no others. */
function check(objects: Fields[]): string {
  const folder = workshop('schema')
  const file = join(folder, 'objects.ts')
  const types = resolve('node_modules/kubernetes-types')
  const lines = objects.map(({ kind, ...object }, at) => {
    const type = `import('${types}/${TYPES[kind as string]}').${kind}`
    return `export const object${at}: ${type} = ${JSON.stringify({ kind, ...object })}`
  })
  writeFileSync(file, `${lines.join('\n')}\n`)
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'preserve', '--types', '']
  try {
    execFileSync(resolve('node_modules/.bin/tsc'), [...options, file], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test('what is injected has the types of Kubernetes, field by field', async () => {
  const options = '--image registry.example/iptables:1.8 --apisix-user 636:636 --inbound-ports 80'
  const shown = BLOCKS.filter(({ language }) => language === 'yaml').map(({ text }) => text)
  const objects: Fields[] = []
  for (const text of new Set([...MANIFESTS.map(({ text }) => text), ...shown]))
    objects.push(...objectsOf((await cli(words(`inject ${options}`), { stdin: text })).stdout))
  for (const text of shown)
    objects.push(...objectsOf((await cli(words(`inject ${options} --native-nftables`), { stdin: text })).stdout))
  assert.ok(objects.length > 100)
  assert.is(check(objects), '')
  for (const kind of Object.keys(TYPES)) assert.ok(objects.some((object) => object.kind === kind))
})

test('a field that is unknown, of another type, or in another place would be found', () => {
  const pod = (spec: object) => [{ apiVersion: 'v1', kind: 'Pod', spec }]
  assert.is(check(pod({ containers: [{ name: 'a' }] })), '')
  assert.match(check(pod({ containers: [{ name: 'a', imag: 'b' }] })), /"imag"' does not exist in type 'Container'/)
  assert.match(check(pod({ containers: [{ name: 1 }] })), /not assignable to type 'string'/)
  assert.match(check(pod({ initContainers: [] })), /'containers' is missing/)
})

test.run()
