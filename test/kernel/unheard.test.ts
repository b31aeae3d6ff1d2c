import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { workshop } from '../workshop'
import { argvOf, program } from './harness/agent'
import { succeeded } from './harness/exec'
import type { Namespace } from './harness/namespace'
import { kernelSuite } from './harness/suite'

const test = kernelSuite([program])
const OPTIONS = '--apisix-user 501:20 --inbound-ports 80 --outbound-ports 80 --ip-family dual'.split(' ')

/** Where what is said for people goes, and is not heard. */
const DEAF = {
  'nobody reads': '2>&1 | :',
  'a full disk': '2>/dev/full',
  'stderr is closed': '2>&-',
}

/** Runs a command in such surroundings and gives its own exit status. */
async function status(at: Namespace, command: string[], deaf: string): Promise<number> {
  const words = command.map((word) => `'${word}'`).join(' ')
  return Number(await at.must(['sh', '-c', `exec 3>&1; { sleep 0.1; ${words} 3>&- >/dev/null; echo $? >&3; } ${deaf}`]))
}

const rulesOf = async (at: Namespace) =>
  (await Promise.all(['iptables-save', 'ip6tables-save'].map((tool) => at.must([tool, '-t', 'nat']))))
    .join('')
    .split('\n')
    .filter((line) => line.startsWith('-A')).length

/** The program and the script in each shell: how it applies, checks and cleans. */
const WAYS: [what: string, command: (script: string, verb: 'apply' | 'check' | 'clean') => string[]][] = [
  [
    'program',
    (_, verb) => {
      const [command, ...options] = {
        apply: ['iptables'],
        check: ['check'],
        clean: ['cleanup-iptables', '--ip-family', 'dual'],
      }[verb]
      return argvOf(command as string, verb === 'clean' ? options : OPTIONS)
    },
  ],
  ['script in dash', (script, verb) => ['dash', script, `--${verb}`]],
  ['script in busybox ash', (script, verb) => ['busybox', 'ash', script, `--${verb}`]],
  ['script in bash', (script, verb) => ['bash', script, `--${verb}`]],
]

for (const [what, command] of WAYS)
  for (const [where, deaf] of Object.entries(DEAF))
    test(`${what}: ${where}, and all is done, with its status`, async ({ namespace }) => {
      const at = await namespace()
      const script = join(workshop('unheard'), 'script')
      await succeeded(at.run(argvOf('iptables', [...OPTIONS, '--format', 'script', '--output', script])))
      assert.is(await status(at, command(script, 'check'), deaf), 1)
      assert.is(await status(at, command(script, 'apply'), deaf), 0)
      assert.is(await rulesOf(at), 12)
      assert.is(await status(at, command(script, 'check'), deaf), 0)
      assert.is(await status(at, command(script, 'apply'), deaf), 0)
      assert.is(await status(at, command(script, 'clean'), deaf), 0)
      assert.is(await rulesOf(at), 0)
    })

test.run()
