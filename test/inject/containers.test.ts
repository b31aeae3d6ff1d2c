import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Diagnostics } from '../../src/diagnostics/diagnostics'
import { interception } from '../../src/index'
import { reportContainers } from '../../src/inject/containers'
import { type Manifest, readManifest } from '../../src/inject/manifest'

const OPTIONS = {
  some: interception({ apisixUser: { uid: 636, gid: 637 }, inboundPorts: [80, '8000-8010'] }).interception,
  all: interception({ apisixUser: { uid: 636, gid: 637 }, inboundPorts: '*', inboundExcludePorts: [81] }).interception,
  capture: interception({ apisixUser: { uid: 636, gid: 637 }, inboundPorts: '*', apisixInboundCapturePort: 9081 })
    .interception,
  out: interception({ apisixUser: { uid: 636, gid: 637 }, outboundPorts: '*' }).interception,
}

const PROXY = '{name: apisix}'
const WEB = (more: string) => `containers: [{name: web, ${more}}, ${PROXY}]`
const as = (uid: number | string, gid: number | string) =>
  `securityContext: {${[uid !== '' && `runAsUser: ${uid}`, gid !== '' && `runAsGroup: ${gid}`].filter(Boolean).join()}}`

/** The spec of a pod, and what is warned of: the code, and words of the text. */
const CASES: [options: keyof typeof OPTIONS, spec: string, ...says: [code: string, words: RegExp][]][] = [
  ['some', `containers: [{name: web}, ${PROXY}]`],
  ['some', 'containers: [{name: web}]', ['no-proxy-container', /^there is no container apisix /]],
  ['some', `containers: [{name: web}], initContainers: [${PROXY}]`, ['no-proxy-container', /./]],
  ['some', 'containers: [{name: web}], initContainers: [{name: apisix, restartPolicy: Always}]'],

  ['some', WEB(as(1000, 1000))],
  ['some', WEB(as(636, '')), ['container-bypasses', /^container web runs with uid 636, as the proxy does/]],
  ['some', WEB(as('', 637)), ['container-bypasses', /^container web runs with gid 637,/]],
  ['some', WEB(as(636, 637)), ['container-bypasses', /^container web runs with uid 636 and gid 637,/]],
  ['some', WEB(as(637, 636))],
  ['some', WEB(as('"636"', ''))],
  ['some', `${as(636, 637)}, ${WEB(as(1000, ''))}`, ['container-bypasses', /^container web runs with gid 637,/]],
  ['some', `${as(636, 637)}, ${WEB(as(1000, 1000))}`],
  ['some', `${WEB('image: a')}, initContainers: [{name: init, ${as(636, 637)}}]`],
  [
    'some',
    `${WEB('image: a')}, initContainers: [{name: logs, restartPolicy: Always, ${as(636, 637)}}]`,
    ['container-bypasses', /^container logs /],
  ],
  ['some', `${WEB('image: a')}, initContainers: [{name: apisix-mesh-agent, restartPolicy: Always, ${as(636, 637)}}]`],

  ['some', `containers: [{name: apisix, ${as(636, 637)}}]`],
  ['some', `containers: [{name: apisix, ${as(636, '')}}]`],
  [
    'some',
    `containers: [{name: apisix, ${as(1, 2)}}]`,
    [
      'proxy-user-differs',
      /^container apisix runs with uid 1 and gid 2, .* that is 636:637: .* Use --apisix-user 1:2,/,
    ],
  ],
  [
    'some',
    `containers: [{name: apisix, ${as('', 2)}}]`,
    ['proxy-user-differs', /runs with gid 2, .* Use --apisix-user UID:2,/],
  ],
  ['some', `${as(0, '')}, containers: [{name: apisix}]`, ['proxy-user-differs', /runs with uid 0, /]],

  [
    'some',
    WEB('readinessProbe: {httpGet: {port: 80}}'),
    ['probe-intercepted', /^the readinessProbe of container web .* port 80,/],
  ],
  ['some', WEB('livenessProbe: {tcpSocket: {port: 8003}}'), ['probe-intercepted', /^the livenessProbe .* port 8003,/]],
  ['some', WEB('startupProbe: {grpc: {port: 8000}}'), ['probe-intercepted', /^the startupProbe .* port 8000,/]],
  ['some', WEB('startupProbe: {grpc: {port: "8000"}}'), ['probe-intercepted', /port 8000,/]],
  [
    'some',
    WEB('readinessProbe: {httpGet: {port: http}}, ports: [{name: http, containerPort: 80}]'),
    ['probe-intercepted', /port 80,/],
  ],
  ['some', WEB('readinessProbe: {httpGet: {port: http}}, ports: [{name: http, containerPort: 81}]')],
  ['some', WEB('readinessProbe: {httpGet: {port: nosuch}}')],
  ['some', WEB('readinessProbe: {httpGet: {port: 80, host: 192.0.2.7}}')],
  ['some', WEB('ports: [{containerPort: 80}]')],
  ['some', WEB('ports: [{containerPort: 80}], readinessProbe: {httpGet: {port: 81}}')],
  ['some', WEB('readinessProbe: {exec: {command: ["true"]}}')],
  ['some', WEB('readinessProbe: {httpGet: {port: 443}}')],
  ['some', WEB('readinessProbe: []')],
  ['all', WEB('readinessProbe: {httpGet: {port: 443}}'), ['probe-intercepted', /Use --inbound-exclude-ports 443 /]],
  ['all', WEB('readinessProbe: {httpGet: {port: 81}}')],
  ['all', WEB('readinessProbe: {tcpSocket: {port: 22}}')],
  ['all', 'containers: [{name: apisix, readinessProbe: {tcpSocket: {port: 9080}}}]'],
  [
    'capture',
    'containers: [{name: apisix, readinessProbe: {tcpSocket: {port: 9080}}}]',
    ['probe-intercepted', /apisix .* port 9080,/],
  ],
  ['capture', 'containers: [{name: apisix, readinessProbe: {tcpSocket: {port: 9081}}}]'],
  ['out', WEB('readinessProbe: {httpGet: {port: 80}}')],
  [
    'all',
    `containers: [${PROXY}], initContainers: [{name: a, restartPolicy: Always, startupProbe: {tcpSocket: {port: 1}}}, {name: b, startupProbe: {tcpSocket: {port: 1}}}]`,
    ['probe-intercepted', /^the startupProbe of container a /],
  ],
]

for (const [options, spec, ...says] of CASES)
  test(`${options}: ${spec}`, () => {
    const { pods } = readManifest(`apiVersion: v1\nkind: Pod\nspec: {${spec}}\n`) as Manifest
    const diagnostics = new Diagnostics()
    reportContainers(pods[0] as Manifest['pods'][0], OPTIONS[options], 'apisix', diagnostics)
    const found = diagnostics.warnings.map(({ code, problem, remedy }) => [code, `${problem}. ${remedy}.`])
    assert.equal(
      found.map(([code]) => code),
      says.map(([code]) => code),
    )
    for (const [at, [, words]] of says.entries()) assert.match(found[at]?.[1] ?? '', words)
  })

test.run()
