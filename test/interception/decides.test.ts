import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { interception, type Options } from '../../src/index'
import { interceptsInbound } from '../../src/interception/interception'

const ALEX = { apisixUser: { uid: 501, gid: 20 } }

/** What is intercepted, a port, and whether connections to it are. */
const DECISIONS: [options: Partial<Options>, port: number, isIntercepted: boolean][] = [
  [{}, 22, false],
  [{ inboundPorts: [22] }, 22, true],
  [{ inboundPorts: ['2000-3000'] }, 2222, true],
  [{ inboundPorts: [80, 443, 2222], compact: true }, 2222, true],
  [{ inboundPorts: [80] }, 2222, false],
  [{ inboundPorts: '*' }, 22, false],
  [{ inboundPorts: '*', noSshExempt: true }, 22, true],
  [{ inboundPorts: '*' }, 2222, true],
  [{ inboundPorts: '*', inboundExcludePorts: ['2000-3000'] }, 2222, false],
]

for (const [options, port, isIntercepted] of DECISIONS)
  test(`${port} with ${JSON.stringify(options)}`, () => {
    assert.is(interceptsInbound(interception({ ...ALEX, ...options }).interception, port), isIntercepted)
  })

test.run()
