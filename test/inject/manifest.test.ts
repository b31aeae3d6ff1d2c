import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { documentsOf, readManifest, UnreadableManifest } from '../../src/inject/manifest'

const SPEC = 'spec: {containers: [{name: a}]}'
const TEMPLATE = `spec: {template: {${SPEC}}}`

const FOUND: [text: string, labels: string[]][] = [
  [`{apiVersion: v1, kind: Pod, metadata: {name: a}, ${SPEC}}`, ['Pod a']],
  [`{apiVersion: v1, kind: Pod, metadata: {namespace: shop, generateName: a-}, ${SPEC}}`, ['Pod shop/a-']],
  ...['apps/v1', 'apps/v1beta2', 'extensions/v1beta1'].map((api): [string, string[]] => [
    `{apiVersion: ${api}, kind: Deployment, metadata: {name: a}, ${TEMPLATE}}`,
    ['Deployment a'],
  ]),
  ...['StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind): [string, string[]] => [
    `{apiVersion: apps/v1, kind: ${kind}, ${TEMPLATE}}`,
    [kind],
  ]),
  [`{apiVersion: batch/v1, kind: Job, ${TEMPLATE}}`, ['Job']],
  [`{apiVersion: batch/v1, kind: CronJob, spec: {jobTemplate: {${TEMPLATE}}}}`, ['CronJob']],
  [
    `{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, ${SPEC}}, 1, {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, ${SPEC}}]}]}`,
    ['Pod', 'Pod'],
  ],
  [`# c\n---\n"kind": 'Pod'\n"apiVersion": v1\n${SPEC}\n`, ['Pod']],
]

for (const [text, labels] of FOUND)
  test(`found: ${text}`, () =>
    assert.equal(
      readManifest(text)?.pods.map(({ label }) => label),
      labels,
    ))

/** Nothing for Kubernetes, or nothing with a pod. */
const PASSED = [
  '',
  '\n',
  '---\n',
  '# kind: Pod\n',
  'Pod',
  '- Pod',
  'kind: Pod',
  `kind: Pod\n${SPEC}`,
  `apiVersion: v1\nkind: Pods\n${SPEC}`,
  `apiVersion: v1\nkind: Pod\nspec: {}`,
  `apiVersion: v1\nkind: Pod\nspec: [Pod]`,
  `apiVersion: v1\nkind: [Pod]\n${SPEC}`,
  `apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 2}`,
  `apiVersion: apps/v1\nkind: Deployment\n${SPEC}`,
  `apiVersion: apps.example.org/v1\nkind: Deployment\n${TEMPLATE}`,
  `apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\n${TEMPLATE}`,
  `apiVersion: v1\nkind: List\nitems: {kind: Pod}`,
  'apiVersion: v1\nkind: ConfigMap\ndata:\n  pod: |\n    apiVersion: v1\n    kind: Pod\n    spec: {containers: [{name: a}]}\n',
  'apiVersion: {{ .Values.api }}\nkind: Pod\n',
  'key: [unclosed\nPod',
  '{"Pod": ',
  '#!/bin/sh\ncat <<END\nPod: `x`\n\tEND\n',
  'text about a Pod: it is one of: many\n\t- what',
  '\0Pod\u001b[31m: &a *a',
]

for (const text of PASSED)
  test(`passes through: ${JSON.stringify(text)}`, () => assert.is(readManifest(text), undefined))

/** Manifests that Kubernetes would not read either. */
const UNREADABLE: [text: string, line: number, says: RegExp][] = [
  ['apiVersion: v1\nkind: Pod\nspec: [a\n', 4, /end with a \]/],
  ['kind: Pod\nkind: Pod\n', 2, /Map keys must be unique/],
  ['apiVersion: v1\nkind: Pod\nspec: *a\n', 1, /Unresolved alias/],
  ['apiVersion: v1\nkind: Pod\nmetadata: {{ .Values.metadata }}\n\tspec: x\n', 4, /./],
  ['apiVersion: v1\nkind: Pod\nspec: &a [*a]\n', 1, /circular|[Ee]xcessive|./],
]

for (const [text, line, says] of UNREADABLE)
  test(`cannot be read: ${JSON.stringify(text)}`, () => {
    try {
      readManifest(text)
    } catch (error) {
      assert.instance(error, UnreadableManifest)
      const { message, at } = error as UnreadableManifest
      assert.match(message, says)
      assert.is(text.slice(0, at).split('\n').length, line)
      return
    }
    assert.unreachable('it was read')
  })

test('aliases that stand for more and more are refused in time', () => {
  const level = (at: number) =>
    `l${at}: &l${at} [${Array(10)
      .fill(at ? `*l${at - 1}` : 'x')
      .join()}]\n`
  const bomb = `apiVersion: v1\nkind: Pod\n${Array.from({ length: 9 }, (_, at) => level(at)).join('')}`
  const start = performance.now()
  assert.throws(
    () => readManifest(bomb),
    (error: Error) => error instanceof UnreadableManifest,
  )
  assert.ok(performance.now() - start < 2000)
})

/** Streams, and how many documents each has. */
const STREAMS: [stream: string, count: number][] = [
  ['', 1],
  ['a\n---\nb\n', 2],
  ['---\na\n---\n---\n', 3],
  ['a\r\n---\r\nb', 2],
  ['a\n--- # c\nb\n---', 3],
  ['a\n---b\n ---\n"\\\n ---"\n', 1],
  ['text: |\n  a\n  ---\n  b\n', 1],
  ['a: "\u2028---"\n', 1],
]

for (const [stream, count] of STREAMS)
  test(`${count} documents, which joined are the stream: ${JSON.stringify(stream)}`, () => {
    assert.is(documentsOf(stream).length, count)
    assert.is(documentsOf(stream).join(''), stream)
  })

test.run()
