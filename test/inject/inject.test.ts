import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { inject, takeOut } from '../../src/inject/inject'
import { type Manifest, readManifest } from '../../src/inject/manifest'
import { render } from './fixtures'

const lines = (column: number, added: string) =>
  `- name: apisix-mesh-agent
  args:
    - |
      one

      two
  env: [{name: APISIX_MESH_AGENT_ADDED, value: "${added}"}]
`.replace(/^(?=.)/gm, ' '.repeat(column))
const volume = (column: number) => `- name: xtables-lock\n  emptyDir: {}\n`.replace(/^/gm, ' '.repeat(column)).trimEnd()
const json = (added: string) =>
  `{ "name": "apisix-mesh-agent", "args": [ "one\\n\\ntwo\\n" ], "env": [ { "name": "APISIX_MESH_AGENT_ADDED", "value": "${added}" } ] }`
const VOLUME = '{ "name": "xtables-lock", "emptyDir": {} }'

const manifest = (text: string) => readManifest(text) as Manifest
const injected = (text: string) => inject(manifest(text), [render, render])

/** What stands in a spec before and after. */
const PLACES: [what: string, before: string, after: string][] = [
  [
    'new keys in front of the containers, as these are indented',
    '  a: 1\n  containers:\n  - name: a\n  z: 1\n',
    `  a: 1\n  initContainers:\n${lines(2, 'initContainers volumes')}  volumes:\n${volume(2)}\n  containers:\n  - name: a\n  z: 1\n`,
  ],
  [
    'and where those are in flow style, by two',
    '    containers: [{name: a}]\n',
    `    initContainers:\n${lines(6, 'initContainers volumes')}    volumes:\n${volume(6)}\n    containers: [{name: a}]\n`,
  ],
  [
    'above the comments that stand right above them, and no others',
    '  # of the spec\n\n  # of the containers\n  # (more)\n  containers: [{name: a}]\n  volumes: [{name: xtables-lock}]\n',
    `  # of the spec\n\n  initContainers:\n${lines(4, 'initContainers')}  # of the containers\n  # (more)\n  containers: [{name: a}]\n  volumes: [{name: xtables-lock}]\n`,
  ],
  [
    'behind the last entry and its comments',
    '  initContainers:\n    - name: b\n      # deep\n      image: b # c\n      # deep\n    # flat\n  containers: [{name: a}]\n  volumes: [{name: xtables-lock}]\n',
    `  initContainers:\n    - name: b\n      # deep\n      image: b # c\n      # deep\n${lines(4, 'container')}    # flat\n  containers: [{name: a}]\n  volumes: [{name: xtables-lock}]\n`,
  ],
  [
    'behind a native sidecar',
    '  initContainers:\n  - {name: b, restartPolicy: Always}\n  containers: [{name: a}]\n  volumes: [{name: xtables-lock}]\n',
    `  initContainers:\n  - {name: b, restartPolicy: Always}\n${lines(2, 'container')}  containers: [{name: a}]\n  volumes: [{name: xtables-lock}]\n`,
  ],
  [
    'behind empty lines that belong to a text',
    '  initContainers:\n  - name: b\n    args:\n    - |+\n      x\n\n\n  containers: [{name: a}]\n  volumes: [{name: xtables-lock}]\n',
    `  initContainers:\n  - name: b\n    args:\n    - |+\n      x\n\n\n${lines(2, 'container')}  containers: [{name: a}]\n  volumes: [{name: xtables-lock}]\n`,
  ],
  [
    'at the end of a text without a line end',
    '  containers: [{name: a}]\n  volumes:\n  - name: b\n    emptyDir:',
    `  initContainers:\n${lines(4, 'initContainers volume')}  containers: [{name: a}]\n  volumes:\n  - name: b\n    emptyDir:\n${volume(2)}`,
  ],
  [
    'behind a list that ends where the new key begins',
    '  volumes:\n  - name: b\n  containers: [{name: a}]\n',
    `  volumes:\n  - name: b\n${volume(2)}\n  initContainers:\n${lines(4, 'initContainers volume')}  containers: [{name: a}]\n`,
  ],
  [
    'in an empty list, and in place of nothing',
    '  initContainers: [ ] # none\n  volumes: # none\n  containers: [{name: a}]\n',
    `  initContainers: [${json('container volumes:')} ] # none\n  volumes: [${VOLUME}] # none\n  containers: [{name: a}]\n`,
  ],
  [
    'in place of null',
    '  initContainers: ~\n  volumes: null\n  containers: [{name: a}]\n',
    `  initContainers: [${json('initContainers:~ volumes:null')}]\n  volumes: [${VOLUME}]\n  containers: [{name: a}]\n`,
  ],
  [
    'in flow style on one line',
    '  {a: 1, containers: [{name: a}], volumes: [{name: b}, ]}\n',
    `  {a: 1, "initContainers": [${json('initContainers volume')}], containers: [{name: a}], volumes: [{name: b}, ${VOLUME}, ]}\n`,
  ],
  [
    'in flow style on several lines',
    '  {\n   initContainers: [\n   \t{name: b} # c\n   ],\n   # of the containers\n   containers: [{name: a}]\n  }\n',
    `  {\n   initContainers: [\n   \t{name: b}, ${json('container volumes')} # c\n   ],\n   # of the containers\n   "volumes": [${VOLUME}],\n   containers: [{name: a}]\n  }\n`,
  ],
]

const HEAD = 'apiVersion: v1\nkind: Pod\nspec:\n'
for (const [what, before, after] of PLACES)
  test(`it is put ${what}, and back`, () => {
    const { text, problems } = injected(HEAD + before)
    assert.is(text, HEAD + after)
    assert.is(problems.size, 0)
    assert.is(injected(text).text, text)
    assert.is(takeOut(manifest(text)).text, HEAD + before)
  })

/** Written so that the text at one place is also that of another, or nothing can be added. */
const REFUSED: [what: string, text: string, says: RegExp][] = [
  ['a spec that is an alias', 'x: &s {containers: [{name: a}]}\nkind: Pod\nspec: *s\n', /^its spec is an alias/],
  [
    'a list that is an alias',
    'x: &i [{name: b}]\nkind: Pod\nspec: {containers: [{name: a}], initContainers: *i}\n',
    /^its initContainers are an alias/,
  ],
  [
    'a list with an alias',
    'kind: Pod\nspec: {containers: [{name: a}], initContainers: &i [], x: *i}\n',
    /^it is written in a way/,
  ],
  [
    'volumes by a merge key',
    'x: &s {volumes: [{name: b}]}\nkind: Pod\nspec:\n  <<: *s\n  containers: [{name: a}]\n',
    /^its volumes come from a merge key/,
  ],
  [
    'containers by a merge key',
    'x: &s {containers: [{name: a}]}\nkind: Pod\nspec:\n  <<: *s\n  a: 1\n',
    /^its containers come from a merge key/,
  ],
  [
    'no list',
    'kind: Pod\nspec:\n  containers: [{name: a}]\n  volumes: none\n',
    /^its volumes are an alias, or no list/,
  ],
  [
    'a key that shares its line',
    'kind: Pod\n? spec\n: containers: [{name: a}]\n',
    /^its containers are not on a line of their own/,
  ],
]

for (const [what, text, says] of REFUSED)
  test(`refused, and left as it is: ${what}`, () => {
    const whole = `apiVersion: v1\n${text}`
    const { text: result, problems } = injected(whole)
    assert.is(result, whole)
    assert.match(problems.get(0) ?? '', says)
  })

test('a pod that is refused keeps no other from its own', () => {
  const pod = (spec: string) => `- apiVersion: v1\n  kind: Pod\n  spec: ${spec}\n`
  const [good, bad] = [pod('{containers: [{name: a}]}'), pod('{containers: [{name: a}], volumes: none}')]
  const head = 'apiVersion: v1\nkind: List\nitems:\n'
  const { text, problems } = injected(head + bad + good)
  assert.equal([...problems.keys()], [0])
  assert.is(text, head + bad + injected(head + good).text.slice(head.length))
})

test('one that was pasted by hand is replaced; the volume beside it stays', () => {
  const pasted = `${HEAD}  initContainers:\n  - name: apisix-mesh-agent\n    image: old\n  - name: b\n  containers:\n  - name: a\n  volumes:\n  - name: xtables-lock\n    emptyDir: {}\n`
  const { text } = injected(pasted)
  assert.is(
    text,
    pasted
      .replace(/ {2}- name: apisix-mesh-agent\n.*\n/, '')
      .replace('- name: b\n', `- name: b\n${lines(2, 'container')}`),
  )
  assert.is(injected(text).text, text)
})

test('an entry that came behind it, or in front, stays when it goes', () => {
  const { text } = injected(`${HEAD}  containers:\n  - name: a\n`)
  const more = text
    .replace(/( {2}initContainers:\n)/, '$1  - name: front\n')
    .replace(/( {2}volumes:\n)/, '  - name: behind\n$1  - name: v\n')
  assert.is(
    takeOut(manifest(more)).text,
    `${HEAD}  initContainers:\n  - name: front\n  - name: behind\n  volumes:\n  - name: v\n  containers:\n  - name: a\n`,
  )
})

test('what the record of a manifest says is not taken for text', () => {
  const { text } = injected(`${HEAD}  initContainers: ~\n  containers: [{name: a}]\n`)
  const { text: removed } = takeOut(manifest(text.replace('initContainers:~', 'initContainers:evil')))
  assert.is(removed, `${HEAD}  initContainers: []\n  containers: [{name: a}]\n`)
})

test('null comes back as it was written', () => {
  for (const value of ['', ' ~', ' null', ' Null', ' NULL']) {
    const text = `${HEAD}  initContainers:${value}\n  containers: [{name: a}]\n`
    assert.is(takeOut(manifest(injected(text).text)).text, text)
  }
})

test('what another program has written anew is found all the same', () => {
  const { text } = injected(`${HEAD}  containers: [{name: a}]\n`)
  const data = manifest(text).document.toJS()
  const again = `${JSON.stringify(data, null, '\t')}\n`
  assert.equal(JSON.parse(takeOut(manifest(again)).text), {
    apiVersion: 'v1',
    kind: 'Pod',
    spec: { containers: [{ name: 'a' }] },
  })
})

test.run()
