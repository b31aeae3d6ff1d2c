import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, words } from '../support'

/** Options, and the names of the warnings that they cause. */
const WARNINGS_OF: [options: string, names: string[]][] = [
  ['--inbound-ports 80', []],
  ['', ['nothing-intercepted']],
  ['--inbound-ports 80 --inbound-exclude-ports 81', ['exclude-without-all']],
  ['--inbound-ports 80-90 --inbound-exclude-ports 85', ['exclude-without-all', 'included-and-excluded']],
  ['--inbound-ports 80,80', ['duplicate']],
  ["--outbound-ports '*'", ['loopback-redirected']],
  ["--outbound-ports '*' --outbound-exclude-cidrs 127.0.0.0/8", []],
  ["--outbound-ports '*' --outbound-exclude-cidrs 127.0.0.1", []],
  ["--outbound-ports '*' --exclude-interfaces lo", []],
  ["--outbound-ports '*' --outbound-cidrs 10.0.0.0/8", []],
  ["--outbound-ports '*' --outbound-cidrs 10.0.0.0/8 --outbound-ports-or-cidrs", ['loopback-redirected']],
  ["--outbound-ports '*' --ip-family dual", ['loopback-redirected', 'loopback-redirected']],
  ["--outbound-ports '*' --ip-family ipv6 --outbound-exclude-cidrs ::1", []],
  ['--inbound-ports 80 --apisix-user 0:20', ['root-bypasses']],
  ['--inbound-ports 80 --apisix-user 501:0', ['group-0-bypasses']],
  ["--inbound-ports '*' --inbound-exclude-ports 9080", ['proxy-port-excluded']],
  ["--inbound-ports '*' --apisix-inbound-capture-port 9081 --inbound-exclude-ports 9081", ['proxy-port-excluded']],
  ["--inbound-ports '*' --inbound-exclude-ports 80-90,85", ['never-matches']],
  ["--inbound-ports '*' --inbound-exclude-ports 22", []],
  ['--inbound-ports 1-100,50-60', ['never-matches']],
  ['--inbound-ports 1-100,50-60 --compact', []],
  ['--inbound-ports 1-100,50-60 --no-compact', ['never-matches']],
  ['--inbound-ports 80 --inbound-exclude-cidrs 10.0.0.0/8,10.1.0.0/16', ['never-matches']],
  ['--outbound-ports 80 --outbound-exclude-cidrs 10.0.0.0/8 --outbound-cidrs 10.1.0.0/16', ['never-matches']],
  ['--inbound-ports 80 --inbound-exclude-cidrs 10.1.2.3/8', ['host-bits']],
  ['--inbound-ports 80 --inbound-exclude-cidrs fd00::/8', ['no-effect']],
  ['--inbound-ports 80 --outbound-cidrs 10.0.0.0/8', ['no-effect']],
  ['--inbound-ports 80 --outbound-exclude-users 5', ['no-effect']],
  ['--outbound-ports 80 --inbound-exclude-cidrs 10.0.0.0/8', ['no-effect']],
  ['--inbound-ports 80 --outbound-users 5', ['no-effect']],
  ['--inbound-ports 80 --outbound-groups 5', ['no-effect']],
  ['--inbound-ports 80 --reroute-interfaces docker0', ['no-effect']],
  ['--outbound-ports 80 --inbound-local-only', ['no-effect']],
  ['--outbound-ports 80 --outbound-ports-or-cidrs', ['no-effect']],
  ['--outbound-cidrs 10.0.0.0/8 --outbound-ports-or-cidrs', []],
  ['--outbound-ports 80 --reroute-interfaces docker0 --exclude-interfaces docker0', ['included-and-excluded']],
  ['--inbound-ports 80 --apisix-user 501:20,501:20', ['duplicate']],
  ['--inbound-ports 80 --apisix-user 501:none', []],
]

for (const [options, names] of WARNINGS_OF)
  test(options || 'no options', async () => {
    const { status, stderr } = await cli(
      words(
        `iptables --apisix-user 501:20 --dry-run ${options}`.replace(/--apisix-user 501:20 (.*--apisix-user)/, '$1'),
      ),
    )
    assert.equal(
      [...stderr.matchAll(/\[([a-z0-9-]+)\]$/gm)].map(([, name]) => name),
      names,
    )
    assert.is(status, 0)
  })

test('--strict takes warnings for errors, but for those accepted', async () => {
  const command = "iptables --apisix-user 0:20 --outbound-ports '*' --dry-run --strict"
  const { status, stdout, stderr } = await cli(words(`${command} --allow root-bypasses`))
  assert.match(
    stderr,
    /^apisix-mesh-agent: error: --strict: "loopback-redirected" is a warning: .*Use --allow loopback-redirected to accept it.\n$/,
  )
  assert.equal([status, stdout], [1, ''])
  assert.is((await cli(words(`${command} --allow root-bypasses,loopback-redirected`))).status, 0)
})

test('so many of one name hide none of another', async () => {
  const port = Array.from({ length: 200 }, () => '80').join()
  const options = `iptables --apisix-user 1:2 --inbound-ports ${port} --outbound-ports * --dry-run`
  assert.match((await cli(words(options))).stderr, 'loopback-redirected')
  const { status, stderr } = await cli(words(`${options} --strict --allow duplicate`))
  assert.match(stderr, '--strict: "loopback-redirected" is a warning')
  assert.is(status, 1)
})

test('--allow takes the names of warnings, also without --strict', async () => {
  const near = await cli(words('iptables --apisix-user 1:2 --inbound-ports 80 --dry-run --allow duplicat'))
  assert.match(near.stderr, '--allow: "duplicat" is not a warning code (did you mean "duplicate"?). The codes are')
  assert.is(near.status, 1)

  const { status, stderr } = await cli(
    words('iptables --apisix-user 1:2 --inbound-ports 80 --dry-run --strict --allow nosuch'),
  )
  assert.match(stderr, '--allow: "nosuch" is not a warning code. The codes are nothing-intercepted')
  assert.is(status, 1)
})

test.run()
