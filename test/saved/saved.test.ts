import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isManagedChain } from '../../src/ruleset/ownership'
import { parseSaved } from '../../src/ruleset/parse'
import { checkOf, meaning, OPTIONS } from '../drift/example'
import { load } from '../ruleset/simulate'
import { cli, FIXTURES, fixture, words } from '../support'
import { savedText } from '../trace/tables'

/** Lines of more than 80 columns, less those that hold one word or a rule, which is never wrapped. */
const tooWide = (text: string) =>
  text.split('\n').filter((line) => [...line].length > 80 && /\S\s+\S/.test(line.trim()) && !/ -[jg] /.test(line))

const files = readdirSync(join(FIXTURES, 'saved')).filter((file) => file.endsWith('.rules'))

test('there are tables of either family', () => {
  assert.ok(files.filter((file) => file.includes('6')).length >= 8)
  assert.ok(files.length >= 20)
})

const each = (says: RegExp, names: string) =>
  Object.fromEntries(names.split(' ').map((name) => [`${name}.rules`, says]))
const part = (rule: string) => new RegExp(`^active.*\\n.*in front may take some of the traffic: \`${rule}`, 's')

/** What is said of tables that hold rules in front which take what example 4 is for; the others are active. */
const IN_FRONT: Record<string, RegExp> = {
  ...each(/^differs/, 'istio istio6 istio-inbound-ports istio-inbound-exclude-ports istio-exclude-interfaces'),
  ...each(/^differs/, 'istio-reroute-interfaces istio-tunnel-port'),
  ...each(/^differs/, 'kuma kuma6 kuma-ports kuma-uids linkerd linkerd6 linkerd-gid linkerd-ports'),
  ...each(/^differs/, 'kuma-dns kuma-include-ports kuma-insert kuma-no-outbound kuma-uid-ranges kuma-vnet'),
  ...each(/^differs/, 'linkerd-listed-ports consul consul-ports consul-cidrs consul-dns consul-outbound-port'),
  ...each(part('-A OUTPUT -j ISTIO_OUTPUT'), 'istio-proxy istio-outbound-ports istio-outbound-exclude-ports'),
  ...each(part('-A OUTPUT -j ISTIO_OUTPUT'), 'istio-outbound-cidrs istio-outbound-exclude-cidrs'),
  ...each(part('-A OUTPUT -j ISTIO_OUTPUT'), 'istio-dns istio-exclude-groups istio-gid istio-groups istio-loopback'),
  ...each(part('-A OUTPUT -j ISTIO_OUTPUT'), 'istio-loopback-cidr istio-ports-or-cidrs'),
  ...each(part('-A PREROUTING -i docker0 -j ISTIO_REDIRECT'), 'istio-reroute-excluded'),
  ...each(part('-A PREROUTING -d 10.0.0.0/8 -i docker0 -j ISTIO_REDIRECT'), 'istio-reroute-ports'),
  ...each(part('-A OUTPUT .* -j KUMA_MESH_OUTBOUND'), 'kuma-no-inbound'),
  ...each(part('-A PREROUTING .* -j KUMA_MESH_INBOUND'), 'kuma-ips'),
  ...each(part('-A PREROUTING .* -j PROXY_INIT_REDIRECT'), 'linkerd-subnets'),
  ...each(part('-A OUTPUT -j sshuttle-12300'), 'sshuttle sshuttle6'),
}

for (const file of files) {
  const saved = fixture(`saved/${file}`)
  const isIpv6 = file.includes('6')
  const family = isIpv6 ? 'ipv6' : 'ipv4'
  const explain = (line: string) => cli(words(`explain --from - --ip-family ${family} ${line}`), { stdin: saved })
  const [here, far] = isIpv6 ? ['[2001:db8::1]', '[2001:db8::7]'] : ['192.0.2.1', '192.0.2.7']
  const ports = [...new Set(saved.match(/(?<=--dport )\d+/g))].slice(0, 2)

  test(`${file}: the policy`, async () => {
    const { status, stdout, stderr } = await explain('')
    assert.match(stdout, 'PREROUTING')
    assert.equal(tooWide(stdout), [])
    assert.not.match(stdout, / $/m)
    assert.is(stderr, '')
    assert.is(status, 0)
    for (const format of ['--format mermaid', '--json']) {
      const other = await explain(format)
      assert.is(other.stderr, '')
      assert.is(other.status, 0)
    }
    assert.equal(Object.keys(JSON.parse((await explain('--json')).stdout).policies[0]), [
      'family',
      'what',
      'in',
      'out',
      'sentences',
      'neverMatching',
    ])
  })

  test(`${file}: traces`, async () => {
    for (const port of ['80', ...ports])
      for (const line of [
        `--in ${far}:5555 --to ${here}:${port} --interface eth0`,
        `--in ${far}:5555 --to :${port}`,
        `--out ${far}:${port} --uid 1000 --gid 1000`,
        `--out ${isIpv6 ? '[::1]' : '127.0.0.1'}:${port}`,
      ]) {
        const { status, stdout, stderr } = await explain(line)
        // Nothing in these tables is ours, so that the proxy gets nothing.
        assert.match(stdout, /\n\n(elsewhere|untouched|unknown): .*(\n.+)*\n$/, line)
        assert.equal(tooWide(stdout), [])
        assert.is(stderr, '')
        assert.is(status, 0)
      }
  })

  test(`${file}: nothing to clean up`, async () => {
    const { status, stdout, stderr } = await cli(words(`cleanup-iptables --from - --ip-family ${family}`), {
      stdin: saved,
    })
    assert.is(stdout, '')
    assert.match(stderr, 'no managed rules found')
    assert.is(status, 0)
  })

  test(`${file}: check finds nothing of ours`, async () => {
    const { status, stdout } = await checkOf(saved, `--ip-family ${family}`)
    assert.equal(meaning(stdout), ['absent (saved): no managed rules found'])
    assert.is(status, 1)
  })

  test(`${file}: set up beside it, checked, and cleaned up`, async () => {
    const theirs = parseSaved(saved)
    const applied = await cli(words(`iptables ${OPTIONS} --ip-family ${family} --from -`), { stdin: saved })
    assert.is(applied.status, 0)
    const table = load(theirs, applied.stdout)

    const checked = await checkOf(savedText(table), `--ip-family ${family}`)
    const said = meaning(checked.stdout)
    assert.match(said.join('\n'), IN_FRONT[file] ?? /^active/)
    assert.is(checked.status, said[0]?.startsWith('active') ? 0 : 1)
    for (const each of said.slice(1)) {
      const [, chain = '', text = ''] = /-A (\S+) ([^`]*)`/.exec(each) ?? []
      assert.ok(
        theirs.get(chain)?.some((rule) => rule.text === text),
        `names a rule of the file: ${each}`,
      )
    }

    const cleaned = await cli(words(`cleanup-iptables --ip-family ${family} --from -`), { stdin: savedText(table) })
    assert.is(cleaned.status, 0)
    assert.equal(load(table, cleaned.stdout), theirs)
    assert.not.ok([...theirs.keys()].some(isManagedChain))
  })
}

test.run()
