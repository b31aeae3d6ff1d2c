import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parseFibTrie, parseIfInet6 } from '../../src/netfilter/addresses'

const FIB_TRIE = `Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 10.77.0.0
        /24 link UNICAST
     |-- 10.77.0.2
        /32 host LOCAL
     |-- 10.77.0.255
        /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
           /32 link BROADCAST
        |-- 127.0.0.1
           /32 host LOCAL
`

test('what is local in /proc/net/fib_trie: addresses, and routes that somebody made', () => {
  assert.equal(parseFibTrie(FIB_TRIE), ['10.77.0.2/32', '127.0.0.0/8', '127.0.0.1/32'])
  assert.equal(parseFibTrie(''), [])
})

test('the addresses in /proc/net/if_inet6', () => {
  const text =
    '00000000000000000000000000000001 01 80 10 80       lo\nfd770000000000000000000000000002 02 40 00 80     eth0\n'
  assert.equal(parseIfInet6(text), ['::1/128', 'fd77::2/128'])
  assert.equal(parseIfInet6(''), [])
})

test.run()
