import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Interception, interceptsInbound } from '../../src/interception/interception'

const SOME = {
  all: false,
  ports: [{ ports: '80' }, { ports: '443,8000:8010' }],
  exclude: [{ ports: '80' }],
  exemptSsh: true,
}
const ALL = { all: true, ports: [], exclude: [{ ports: '81,90:91' }], exemptSsh: true }

/** What is selected, a port, and whether connections to it are intercepted. */
const PORTS: [inbound: object | null, port: number, isIntercepted: boolean][] = [
  [null, 80, false],
  [SOME, 80, true],
  [SOME, 443, true],
  [SOME, 8000, true],
  [SOME, 8010, true],
  [SOME, 8011, false],
  [SOME, 22, false],
  [ALL, 80, true],
  [ALL, 81, false],
  [ALL, 90, false],
  [ALL, 91, false],
  [ALL, 92, true],
  [ALL, 22, false],
  [{ ...ALL, exemptSsh: false }, 22, true],
]

for (const [inbound, port, isIntercepted] of PORTS)
  test(`${JSON.stringify(inbound)}: ${port}`, () =>
    assert.is(interceptsInbound({ inbound } as Interception, port), isIntercepted))

test.run()
