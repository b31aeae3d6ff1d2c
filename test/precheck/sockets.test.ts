import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { listenersIn } from '../../src/precheck/listeners'

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (local: string, state = '0A', remote = local.replace(/[^:]+$/, '0000')) =>
  `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000   501        0 12345 1 0000000000000000 100 0 0 10 0\n`

/** A row of /proc/net/tcp or tcp6 on a little-endian machine, and what listens. */
const ROWS: [row: string, listener: string | undefined][] = [
  [row('00000000:2378'), 'ipv4 0.0.0.0 9080'],
  [row('0100007F:2378'), 'ipv4 127.0.0.1 9080'],
  [row('02004D0A:0050'), 'ipv4 10.77.0.2 80'],
  [row('0100007F:2378', '01'), undefined],
  [row('0100007F:2378', '06'), undefined],
  [row('00000000000000000000000000000000:2378'), 'ipv6 :: 9080'],
  [row('00000000000000000000000001000000:2378'), 'ipv6 ::1 9080'],
  [row('000077FD000000000000000002000000:2378'), 'ipv6 fd77::2 9080'],
  [row('B80D01200000000067452301EFCDAB89:FFFF'), 'ipv6 2001:db8::123:4567:89ab:cdef 65535'],
  [row('0000000000000000FFFF00000200000A:2378'), 'ipv4 10.0.0.2 9080'],
  [HEAD, undefined],
  ['', undefined],
]

for (const [text, expected] of ROWS)
  test(text.trim() || 'nothing', () => {
    const [listener, ...more] = listenersIn(HEAD + text, true)
    assert.is(listener && `${listener.family} ${listener.address} ${listener.port}`, expected)
    if (listener) assert.is(listener.inode, 12345)
    assert.equal(more, [])
  })

test('on a big-endian machine words stand as they are', () => {
  assert.is(listenersIn(row('7F000001:2378'), false)[0]?.address, '127.0.0.1')
})

test('several, of both files', () => {
  const text = HEAD + row('00000000:2378') + row('0100007F:0016', '01') + HEAD + row('0'.repeat(32).concat(':0050'))
  assert.equal(
    listenersIn(text, true).map(({ port }) => port),
    [9080, 80],
  )
})

test.run()
