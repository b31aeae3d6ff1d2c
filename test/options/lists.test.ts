import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Diagnostics } from '../../src/diagnostics/diagnostics'
import { matchesOf } from '../../src/interception/matches'
import { readInterfaces, readItems } from '../../src/options/lists'
import { parseRange, readPorts } from '../../src/options/ports'
import { parseCidr } from '../../src/ruleset/networks'
import { NO_ACCOUNTS } from '../no-accounts'

const FILES: Record<string, string> = { ports: '80\n443, 8000-8010 # the web\n\n# none\n', empty: '' }
const LOOKUP = {
  accounts: NO_ACCOUNTS,
  readText: (path: string) =>
    FILES[path] ??
    (() => {
      throw new Error('ENOENT')
    })(),
}
const given = (...values: string[]) => ({ name: '--list', values })

const ITEMS: [values: string[], items: string[], faults: number][] = [
  [['80,443'], ['80', '443'], 0],
  [['80', ' 443 , 81'], ['80', '443', '81'], 0],
  [['', ' '], [], 0],
  [['@ports'], ['80', '443', '8000-8010'], 0],
  [['1,@ports,2', '@empty'], ['1', '80', '443', '8000-8010', '2'], 0],
  [['@nosuch'], [], 1],
  [['1,,2'], ['1', '2'], 1],
]

for (const [values, items, faults] of ITEMS)
  test(JSON.stringify(values), () => {
    const diagnostics = new Diagnostics()
    assert.equal(readItems(given(...values), LOOKUP, diagnostics), items)
    assert.is(diagnostics.errors.length, faults)
  })

const RANGES: [text: string, range: [number, number] | undefined][] = [
  ['80', [80, 80]],
  ['8000-8010', [8000, 8010]],
  ['8000:8010', [8000, 8010]],
  ['1-65535', [1, 65535]],
  ['80-80', [80, 80]],
  ['90-80', undefined],
  ['0-80', undefined],
  ['80-65536', undefined],
  ['80-', undefined],
  ['-80', undefined],
  ['1-2-3', undefined],
  ['080-090', undefined],
]

for (const [text, range] of RANGES)
  test(`range ${text}`, () => assert.equal(parseRange(text), range && { first: range[0], last: range[1] }))

/** Ports, and the matches that --compact makes of them: `m` in front of a multiport one. */
const COMPACT: [ports: string, matches: string[]][] = [
  ['80', ['80']],
  ['80,81', ['80:81']],
  ['81,443,80', ['m80:81,443']],
  ['80-90,85-100,101', ['80:101']],
  ['1,3,5,7,9,11,13,15,17,19,21,23,25,27,29', ['m1,3,5,7,9,11,13,15,17,19,21,23,25,27,29']],
  ['1,3,5,7,9,11,13,15,17,19,21,23,25,27,29,31', ['m1,3,5,7,9,11,13,15,17,19,21,23,25,27,29', '31']],
  ['1,3,5,7,9,11,13,15,17,19,21,23,25,27,29-30', ['m1,3,5,7,9,11,13,15,17,19,21,23,25,27', '29:30']],
]

for (const [ports, matches] of COMPACT)
  test(`compact ${ports}`, () => {
    const ranges = readPorts(given(ports), LOOKUP, new Diagnostics())
    const made = ranges === '*' ? [] : matchesOf(ranges, true)
    assert.equal(
      made.map(({ ports: text, match }) => (match === '--dport' ? '' : 'm') + text),
      matches,
    )
  })

const CIDRS: [text: string, printed: string | undefined][] = [
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['192.0.2.7', '192.0.2.7/32'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['FD00:0:0:0:0:0:0:0/8', 'fd00::/8'],
  ['2001:db8::1', '2001:db8::1/128'],
  ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1/128'],
  ['::ffff:1.2.3.4', '::ffff:1.2.3.4/128'],
  ['::1', '::1/128'],
  ['::1.2.3.4', '::1.2.3.4/128'],
  ['::01.2.3.4', undefined],
  ['::1:0', '::1:0/128'.replace('::1:0', '::0.1.0.0')],
  ['10.0.0/8', undefined],
  ['010.0.0.0/8', undefined],
  ['10.0.0.0/33', undefined],
  ['10.0.0.0/08', undefined],
  ['10.0.0.0/8/8', undefined],
  ['10.0.0.0/255.0.0.0', undefined],
  ['fe80::1%eth0', undefined],
  ['fd00::/129', undefined],
  ['localhost', undefined],
  ['', undefined],
]

for (const [text, printed] of CIDRS) test(`network ${text}`, () => assert.is(parseCidr(text)?.cidr, printed))

const INTERFACES: [name: string, isFine: boolean][] = [
  ['eth0', true],
  ['eth+', true],
  ['lo', true],
  ['br-0.1@x:1', true],
  ['a23456789012345', true],
  ['a234567890123456', false],
  ['a23456789012345+', false],
  ['+', false],
  ['e+h', false],
  ['eth 0', false],
  ['-o', false],
  ['eth0/1', false],
  ['e"h', false],
]

for (const [name, isFine] of INTERFACES)
  test(`interface ${name}`, () => {
    const diagnostics = new Diagnostics()
    assert.equal(readInterfaces(given(name), LOOKUP, diagnostics), isFine ? [name] : [])
    assert.is(diagnostics.errors.length, isFine ? 0 : 1)
  })

test.run()
