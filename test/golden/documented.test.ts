import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, FIXTURES, fixture, words } from '../support'

/** The commands of the documentation and their listings, which stand in fixtures/documented. */
const EXAMPLES: [listing: string, command: string][] = [
  ['1-redirect', 'iptables --apisix-port 9080 --apisix-user alex --dry-run'],
  ['2-inbound', 'iptables --apisix-port 9080 --inbound-ports 80,443 --apisix-user alex --dry-run'],
  ['3-outbound', 'iptables --apisix-port 9080 --dry-run --outbound-ports 80 --apisix-user alex'],
  ['4-both', 'iptables --apisix-port 9080 --inbound-ports 80,443 --outbound-ports 80 --apisix-user alex --dry-run'],
  ['5-cleanup', 'cleanup-iptables --dry-run'],
]
const ROOT = ['--root', `${FIXTURES}/root`]

/** `-N CHAIN` becomes `:CHAIN - [0:0]`; a `-A` line stays to the letter. */
const asDocument = (listing: string) =>
  `*nat\n${listing.replaceAll('iptables -t nat ', '').replace(/^-N (.*)$/gm, ':$1 - [0:0]')}COMMIT\n`

for (const [listing, command] of EXAMPLES)
  test(`--format documented is listing ${listing}`, async () => {
    const root = listing === '5-cleanup' ? [] : ROOT
    const { status, stdout } = await cli([...words(command), ...root, '--format', 'documented'])
    assert.is(stdout, fixture(`documented/${listing}.txt`))
    assert.is(status, 0)
  })

for (const [listing, command] of EXAMPLES.slice(0, 4))
  test(`the document is listing ${listing}, line by line`, async () => {
    const { status, stdout } = await cli([...words(command), ...ROOT])
    assert.is(stdout, asDocument(fixture(`documented/${listing}.txt`)))
    assert.is(status, 0)
  })

test('a listing for both families', async () => {
  const command = `${EXAMPLES[1]?.[1]} --format documented`
  const { stdout: ipv4 } = await cli([...words(command), ...ROOT])
  const { stdout: both } = await cli([...words(`${command} --ip-family dual`), ...ROOT])
  assert.is(both, ipv4 + ipv4.replace(/^iptables/gm, 'ip6tables').replaceAll('127.0.0.1/32', '::1/128'))
})

test('the documented clean-up says what running it would do', async () => {
  const { stderr } = await cli(words('cleanup-iptables --dry-run --format documented'))
  assert.match(stderr, 'deletes foreign rules in OUTPUT')
})

test('example 1 intercepts nothing, and says so', async () => {
  const { stderr } = await cli([...words(EXAMPLES[0]?.[1] as string), ...ROOT])
  assert.match(stderr, '[nothing-intercepted]')
})

test.run()
