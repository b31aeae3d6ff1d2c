import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reportMachineWarnings } from '../../src/commands/machine-warnings'
import { Diagnostics } from '../../src/diagnostics/diagnostics'
import type { Interception } from '../../src/interception/interception'
import { noProcess } from '../support'

const NONE = { inbound: null, outbound: null, ipv4: { only: '' }, ipv6: null, proxyPort: 9080, rerouteInterfaces: [] }
const INBOUND = { all: false, ports: [{ ports: '80' }], exclude: [], exemptSsh: true, excludeInterfaces: [] }
const GLOBAL = 'fd770000000000000000000000000002 02 40 00 80     eth0\n'
const LINK = 'fe800000000000000000000000000002 02 40 20 80     eth0\n'
const BRIDGES = {
  snmp: 'Ip: Forwarding\nIp: 1 64\n',
  dev: ['docker0', 'cni0', 'br-1', 'br-2'].map((name) => `${name}: 0\n`).join(''),
}

interface Case {
  interception?: object
  files?: Record<string, string>
  sharing?: string[]
  gid?: number | null
  isUserGiven?: boolean
  ssh?: number
}

/** What is on the machine, and the warnings: the code, and how its text starts. */
const CASES: [machine: Case, ...warnings: [code: string, text: string][]][] = [
  [{}],
  [{ sharing: ['sync'] }, ['group-shared', 'user sync shares gid 20 with the proxy and bypasses it too']],
  [
    { sharing: ['a', 'b', 'c', 'd'] },
    ['group-shared', 'users a, b and c share gid 20 with the proxy and bypass it too'],
  ],
  [{ sharing: ['sync'], isUserGiven: false }],
  [{ sharing: ['sync'], gid: null }],
  [{ files: { if_inet6: GLOBAL } }, ['ipv6-not-intercepted', 'this machine has global IPv6 addresses']],
  [{ files: { if_inet6: LINK } }],
  [{ files: { if_inet6: GLOBAL }, interception: { ipv6: { only: '' } } }],
  [{ ssh: 80, interception: { inbound: INBOUND } }, ['ssh-intercepted', 'port 80 of your SSH connection']],
  [{ ssh: 81, interception: { inbound: INBOUND } }],
  [{ ssh: 80 }],
  [
    { files: BRIDGES, interception: { inbound: INBOUND } },
    ['forwarded-redirected', 'this machine forwards connections for docker0,cni0,br-1, and'],
  ],
  [
    {
      files: BRIDGES,
      interception: { inbound: { ...INBOUND, excludeInterfaces: ['br-+'] }, rerouteInterfaces: ['cni0'] },
    },
    ['forwarded-redirected', 'this machine forwards connections for docker0, and'],
  ],
  [{ files: BRIDGES, interception: { inbound: { ...INBOUND, excludeInterfaces: ['+'] } } }],
  [{ files: BRIDGES, interception: { inbound: { ...INBOUND, localOnly: true } } }],
  [{ files: BRIDGES }],
]

for (const [{ interception, files = {}, sharing = [], gid = 20, isUserGiven = true, ssh }, ...warnings] of CASES)
  test(`${JSON.stringify({ interception, files, sharing, gid, isUserGiven, ssh })}`, async () => {
    const diagnostics = new Diagnostics()
    await reportMachineWarnings(
      { ...NONE, owners: [{ uid: 501, gid }], ...interception } as unknown as Interception,
      {
        isUserGiven,
        accounts: { find: () => undefined, names: () => [], sharing: () => sharing },
        ssh,
        namespace: { run: noProcess, procNet: async (file) => files[file] ?? '' },
      },
      diagnostics,
    )
    const found = diagnostics.warnings.map(({ code, problem }, at) => [
      code,
      problem.slice(0, warnings[at]?.[1].length),
    ])
    assert.equal(found, warnings)
  })

test('without passwd nobody shares a group', async () => {
  const diagnostics = new Diagnostics()
  const sharing = () => {
    throw new Error('ENOENT')
  }
  await reportMachineWarnings(
    { ...NONE, owners: [{ uid: 501, gid: 20 }] } as unknown as Interception,
    {
      isUserGiven: true,
      accounts: { find: () => undefined, names: () => [], sharing },
      ssh: undefined,
      namespace: { run: noProcess, procNet: async () => '' },
    },
    diagnostics,
  )
  assert.equal(diagnostics.warnings, [])
})

test.run()
