import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { canonical } from '../../src/ruleset/canonical'
import { tokenize } from '../../src/ruleset/words'

/** What we write, and what `iptables-save` prints for it on both backends (test/kernel holds the proof). */
const CANONICAL: [spec: string, printed: string][] = [
  ['-p tcp -j APISIX_INBOUND', '-p tcp -j APISIX_INBOUND'],
  ['-p tcp --dport 80 -j RETURN', '-p tcp -m tcp --dport 80 -j RETURN'],
  ['-p tcp --dport 80:90 -j RETURN', '-p tcp -m tcp --dport 80:90 -j RETURN'],
  ['-p tcp -m tcp --dport 80 -j RETURN', '-p tcp -m tcp --dport 80 -j RETURN'],
  ['-p tcp ! --dport 80 -j RETURN', '-p tcp -m tcp ! --dport 80 -j RETURN'],
  [
    '-o lo ! -d 127.0.0.1/32 -m owner --uid-owner 501 -j RETURN',
    '! -d 127.0.0.1/32 -o lo -m owner --uid-owner 501 -j RETURN',
  ],
  ['-m owner --gid-owner 20 -j RETURN', '-m owner --gid-owner 20 -j RETURN'],
  ['-p tcp -j REDIRECT --to-ports 9080', '-p tcp -j REDIRECT --to-ports 9080'],
  ['-p tcp -i eth0 -s 10.0.0.0/8 -j RETURN', '-s 10.0.0.0/8 -i eth0 -p tcp -j RETURN'],
  ['-m comment --comment "-p tcp ! -d x" -j RETURN', '-m comment --comment "-p tcp ! -d x" -j RETURN'],
]

for (const [spec, printed] of CANONICAL) test(spec, () => assert.is(canonical(spec), printed))

test('canonical text stays as it is', () => {
  for (const [, printed] of CANONICAL) assert.is(canonical(printed), printed)
})

const WORDS: [line: string, values: string[]][] = [
  ['-p tcp', ['-p', 'tcp']],
  ['  -p \t tcp ', ['-p', 'tcp']],
  ['--comment "a b"', ['--comment', 'a b']],
  [String.raw`--comment "a \"q\" it\'s \\ x" -j A`, ['--comment', String.raw`a "q" it's \ x`, '-j', 'A']],
  ['--comment ""', ['--comment', '']],
  ["--comment it's", ['--comment', "it's"]],
]

for (const [line, values] of WORDS)
  test(`the words of ${line}`, () =>
    assert.equal(
      tokenize(line).map(({ value }) => value),
      values,
    ))

test.run()
