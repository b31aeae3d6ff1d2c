import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { UserError } from '../../src/diagnostics/user-error'
import type { Namespace } from '../../src/netfilter/namespace'
import { enter } from '../../src/precheck/enter'
import type { Ended } from '../../src/system/run'

const ENDED: Ended = { status: 0, stdout: '', stderr: '', late: false }
const FAILED = { ...ENDED, status: 1, stderr: 'nsenter: reassociate to namespace failed: Invalid argument' }
const open = (ended: Ended) => () => ({ run: async () => ended, procNet: async () => '' })
const gone = (): Namespace => {
  throw new UserError('there is no network namespace at /x: has its process ended?')
}

/** The namespace, nsenter, what opening it gives, and whether it is entered, with its line. */
const CASES: [
  path: string | undefined,
  nsenter: string | undefined,
  open: () => Namespace,
  entered: boolean,
  line: string,
][] = [
  [undefined, undefined, open(FAILED), true, ''],
  ['/x', '/bin/nsenter', open(ENDED), true, 'ok namespace: /x can be entered'],
  ['/x', undefined, open(ENDED), false, 'fault tools: there is no nsenter, which --netns and --pid need'],
  ['/x', '/bin/nsenter', gone, false, 'fault namespace: there is no network namespace at /x: has its process ended?'],
  [
    '/x',
    '/bin/nsenter',
    open(FAILED),
    false,
    'fault namespace: the network namespace cannot be entered (/bin/nsenter)',
  ],
]

for (const [path, nsenter, opened, entered, line] of CASES)
  test(line || 'our own', async () => {
    const { namespace, checks } = await enter(path, nsenter, opened)
    assert.is(namespace !== undefined, entered)
    assert.is(checks.map(({ state, name, text }) => `${state} ${name}: ${text}`).join('\n'), line)
  })

test.run()
