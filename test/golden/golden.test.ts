import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, golden, words } from '../support'

/** A golden document for each row of the design's table; all with `--apisix-user 501:20 --dry-run`. */
const DOCUMENTS: Record<string, string> = {
  nothing: 'iptables',
  'inbound-all': "iptables --inbound-ports '*'",
  'inbound-all-exclude': "iptables --inbound-ports '*' --inbound-exclude-ports 8080,9000",
  'inbound-all-exclude-22': "iptables --inbound-ports '*' --inbound-exclude-ports 8080,22",
  'inbound-22': 'iptables --inbound-ports 22,80',
  'inbound-exclude-without-all': 'iptables --inbound-ports 80 --inbound-exclude-ports 8080',
  'outbound-all': "iptables --outbound-ports '*'",
  'outbound-all-exclude': "iptables --outbound-ports '*' --outbound-exclude-ports 53,3306",
  'outbound-exclude-without-all': 'iptables --outbound-ports 80 --outbound-exclude-ports 53',
  'capture-port': 'iptables --apisix-inbound-capture-port 9081 --inbound-ports 80,443',
  'capture-port-all': "iptables --apisix-inbound-capture-port 9081 --inbound-ports '*' --outbound-ports '*'",
  'capture-port-alone': 'iptables --apisix-inbound-capture-port 9081',
  'apisix-port': 'iptables --apisix-port 19080 --inbound-ports 80',
  'repeated-lists': 'iptables --inbound-ports 80 --inbound-ports 443 --outbound-ports 80,443 --outbound-ports=8080',
  duplicates: "iptables --inbound-ports '80, 443 ,80' --outbound-ports 80",
  cleanup: 'cleanup-iptables --inbound-ports 80,443 --outbound-ports 80',
  'cleanup-nothing': 'cleanup-iptables',
  'cleanup-all':
    "cleanup-iptables --apisix-inbound-capture-port 9081 --inbound-ports '*' --outbound-ports '*' --outbound-exclude-ports 53",
}

const said: string[] = []

for (const [name, command] of Object.entries(DOCUMENTS))
  test(`${name}: ${command}`, async () => {
    const { status, stdout, stderr } = await cli([...words(command), ...words('--apisix-user 501:20 --dry-run')])
    golden(`${name}.rules`, stdout)
    said.push(`${name}:\n${stderr}`)
    assert.is(status, 0)
  })

test('what these say to people', () => golden('warnings.txt', said.join('\n')))

const HELP = ['--help', 'iptables --help', 'cleanup-iptables --help']

for (const command of HELP)
  test(`${command} in 80 columns`, async () => {
    const { status, stdout, stderr } = await cli(words(command))
    golden(`${command.replace(/[ -]+/g, '-').replace(/^-/, '')}.txt`, stdout)
    assert.is(stderr, '')
    assert.is(status, 0)
  })

test.run()
