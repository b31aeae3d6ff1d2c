import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { backendAt, backendNamed, commandOf } from '../../src/netfilter/backend'
import { isOwnNamespace, namespaceAt } from '../../src/netfilter/namespace'
import { noProcess } from '../support'
import { workshop } from '../workshop'

const folder = workshop('backend')
const tool = (name: string) => writeFileSync(join(folder, name), '', { mode: 0o755 })
const LINKED = ['xtables-nft-multi', 'xtables-legacy-multi']
for (const name of [...LINKED, 'iptables-legacy-save', 'iptables-legacy-restore', 'odd-save', 'odd-restore']) tool(name)
for (const verb of ['save', 'restore']) {
  symlinkSync('xtables-nft-multi', join(folder, `iptables-${verb}`))
  symlinkSync('xtables-legacy-multi', join(folder, `ip6tables-${verb}`))
}
tool('iptables-alone-restore')

const says = (stdout: string, status = 0) => ({
  run: async () => ({ status, stdout, stderr: 'broken', late: false }),
  procNet: async () => '',
})
const NOTHING = { run: noProcess, procNet: async () => '' }

/** A tool that was named, the family, what it says of its version, and the backend, its command and the tools; or the error. */
const NAMED: [tool: string, family: 'ipv4' | 'ipv6', version: string | undefined, ...backend: string[]][] = [
  ['iptables-restore', 'ipv4', undefined, 'nft', 'iptables', 'iptables-save', 'iptables-restore'],
  ['iptables-restore', 'ipv6', undefined, 'legacy', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'],
  ['ip6tables-restore', 'ipv4', undefined, 'nft', 'iptables', 'iptables-save', 'iptables-restore'],
  [
    ...(['iptables-legacy-restore', 'ipv4', undefined] as const),
    ...['legacy', 'iptables-legacy', 'iptables-legacy-save', 'iptables-legacy-restore'],
  ],
  ['odd-restore', 'ipv4', 'odd v1.8.9 (nf_tables)', 'nft', 'odd', 'odd-save', 'odd-restore'],
  ['odd-restore', 'ipv4', 'odd v1.8.9 (legacy)', 'legacy', 'odd', 'odd-save', 'odd-restore'],
  ['odd-restore', 'ipv6', undefined, 'the name of the IPv6 tool cannot be derived from'],
  ['iptables-alone-restore', 'ipv4', undefined, 'there is no'],
  ['iptables-legacy-restore', 'ipv6', undefined, 'there is no'],
]

for (const [name, family, version, ...expected] of NAMED)
  test(`${name}, ${family}, ${version}`, async () => {
    const namespace = version === undefined ? NOTHING : says(version)
    const found = await backendAt(join(folder, name), family, namespace).then(
      (backend) =>
        [backend.name, commandOf(backend), backend.save, backend.restore].map((each) => each.replace(`${folder}/`, '')),
      ({ message }) => [message.slice(0, expected[0]?.length)],
    )
    assert.equal(found, expected)
  })

test('a tool that cannot say its version', async () => {
  const { message } = await backendAt(join(folder, 'odd-restore'), 'ipv4', says('', 3)).catch((error) => error)
  assert.is(message, `${join(folder, 'odd-restore')} failed with status 3.`)
})

test('tools by the name of their backend', () => {
  assert.equal(backendNamed('legacy', 'ipv4', folder), {
    name: 'legacy',
    family: 'ipv4',
    save: join(folder, 'iptables-legacy-save'),
    restore: join(folder, 'iptables-legacy-restore'),
  })
})

test('programs and files of another network namespace', async () => {
  const started: string[][] = []
  const run = async (program: string, args: string[]) => {
    started.push([program, ...args])
    return { status: 0, stdout: 'text', stderr: '', late: false }
  }
  const path = '/proc/self/ns/net'
  const there = namespaceAt(path, run)
  assert.is(await there.procNet('dev'), 'text')
  await there.run('iptables-save', ['-t', 'nat'])
  assert.equal(started, [
    ['nsenter', `--net=${path}`, '--', 'cat', '/proc/net/dev'],
    ['nsenter', `--net=${path}`, '--', 'iptables-save', '-t', 'nat'],
  ])
  assert.match(await namespaceAt(undefined, noProcess).procNet('dev'), ' lo:')
  assert.is(await namespaceAt(undefined, noProcess).procNet('nosuch'), '')
  assert.throws(
    () => namespaceAt('nosuch', run),
    'there is no network namespace at nosuch. Use its path, as in /run/netns/nosuch.',
  )
  assert.throws(() => namespaceAt('/proc/0/ns/net', run), 'Has its process ended?')
})

test('the network namespace of this process', () => {
  assert.is(isOwnNamespace(undefined), true)
  assert.is(isOwnNamespace(`/proc/${process.pid}/ns/net`), true)
  assert.is(
    isOwnNamespace('/proc/self/ns/uts'),
    statSync('/proc/self/ns/uts').ino === statSync('/proc/self/ns/net').ino,
  )
})

test.run()
