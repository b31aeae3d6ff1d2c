import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkListeners, type Listener } from '../../src/precheck/listeners'
import { wanted } from './interceptions'

const IN = { inboundPorts: [80] }
const OUT = { outboundPorts: [80] }
const BOTH = { ...IN, ...OUT }
const LAZY_CHUNKS = { ...BOTH, apisixInboundCapturePort: 9081 }
const IPV6 = { ipFamily: 'ipv6' } as const
const DUAL = { ipFamily: 'dual' } as const

/** What is intercepted, who listens, and the state and text of each line. */
const CASES: [options: Parameters<typeof wanted>[0], listening: string, lines: [state: string, text: RegExp][]][] = [
  [{}, '', [['ok', /^nothing is redirected/]]],
  [IN, '', [['warning', /^nothing listens on port 9080\./]]],
  [IN, '0.0.0.0:80', [['warning', /^nothing listens on port 9080\./]]],
  [
    LAZY_CHUNKS,
    '',
    [
      ['warning', /port 9080\./],
      ['warning', /port 9081\./],
    ],
  ],
  [BOTH, '0.0.0.0:9080', [['ok', /^port 9080 listens on 0\.0\.0\.0$/]]],
  [IN, '127.0.0.1:9080', [['fault', /^port 9080 listens on 127\.0\.0\.1 only, but inbound/]]],
  [IN, '127.0.0.1:9080 127.0.0.2:9080', [['fault', /127\.0\.0\.1 and 127\.0\.0\.2 only, but inbound/]]],
  [IN, '10.0.0.2:9080', [['ok', /10\.0\.0\.2$/]]],
  [OUT, '127.0.0.1:9080', [['ok', /127\.0\.0\.1$/]]],
  [OUT, '10.0.0.2:9080', [['fault', /10\.0\.0\.2 only, but outbound connections are redirected to 127\.0\.0\.1$/]]],
  [OUT, '127.0.0.2:9080', [['fault', /outbound connections are redirected to 127\.0\.0\.1$/]]],
  [BOTH, '10.0.0.2:9080 127.0.0.1:9080', [['ok', /10\.0\.0\.2 and 127\.0\.0\.1$/]]],
  [BOTH, '127.0.0.1:9080', [['fault', /inbound/]]],
  [
    LAZY_CHUNKS,
    '127.0.0.1:9080 0.0.0.0:9081',
    [
      ['ok', /^port 9080 /],
      ['ok', /^port 9081 /],
    ],
  ],
  [
    LAZY_CHUNKS,
    '0.0.0.0:9080 127.0.0.1:9081',
    [
      ['ok', /^port 9080 /],
      ['fault', /^port 9081 .*inbound/],
    ],
  ],
  [
    LAZY_CHUNKS,
    '10.0.0.2:9080 10.0.0.2:9081',
    [
      ['fault', /^port 9080 .*outbound/],
      ['ok', /^port 9081 /],
    ],
  ],
  [BOTH, '[::]:9080', [['warning', /on :: only, which serves IPv4 too unless IPV6_V6ONLY is set/]]],
  [IN, '[::]:9080 127.0.0.1:9080', [['warning', /on :: and 127\.0\.0\.1 only, which serves IPv4 too unless/]]],
  [OUT, '[::]:9080 127.0.0.1:9080', [['ok', /on :: and 127\.0\.0\.1$/]]],
  [BOTH, '[::]:9080 0.0.0.0:9080', [['ok', /on :: and 0\.0\.0\.0$/]]],
  [IN, '[fd77::2]:9080', [['fault', /fd77::2 only, but IPv4 is redirected$/]]],
  [{ ...BOTH, ...IPV6 }, '[::]:9080', [['ok', /on ::$/]]],
  [{ ...BOTH, ...IPV6 }, '0.0.0.0:9080', [['fault', /0\.0\.0\.0 only, but IPv6 is redirected$/]]],
  [{ ...IN, ...IPV6 }, '[::1]:9080', [['fault', /::1 only, but inbound/]]],
  [{ ...OUT, ...IPV6 }, '[::1]:9080', [['ok', /::1$/]]],
  [{ ...OUT, ...IPV6 }, '[fd77::2]:9080', [['fault', /outbound connections are redirected to ::1$/]]],
  [{ ...BOTH, ...DUAL }, '0.0.0.0:9080', [['fault', /IPv6 is redirected$/]]],
  [{ ...BOTH, ...DUAL }, '0.0.0.0:9080 [::]:9080', [['ok', /0\.0\.0\.0 and ::$/]]],
  [{ ...BOTH, ...DUAL }, '[::]:9080', [['warning', /IPV6_V6ONLY/]]],
  [
    { ...IN, ...DUAL },
    '127.0.0.1:9080 [::1]:9080',
    [
      ['fault', /inbound/],
      ['fault', /inbound/],
    ],
  ],
]

function listener(text: string): Listener {
  const [, six, four = '', port] = /^(?:\[(.*)\]|(.*)):(\d+)$/.exec(text) ?? []
  return { family: six ? 'ipv6' : 'ipv4', address: six ?? four, port: Number(port), inode: 0 }
}

for (const [options, listening, lines] of CASES)
  test(`${JSON.stringify(options)} ${listening}`, () => {
    const checks = checkListeners(wanted(options), listening.split(' ').filter(Boolean).map(listener))
    assert.equal(
      checks.map(({ state }) => state),
      lines.map(([state]) => state),
    )
    for (const [at, [, text]] of lines.entries()) assert.match(checks[at]?.text ?? '', text)
  })

test.run()
