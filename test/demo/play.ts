import { program } from '../kernel/harness/agent'
import { succeeded } from '../kernel/harness/exec'
import type { Lab } from '../kernel/harness/lab'
import { ALEX, APPLICATION, count, type Sidecar } from '../kernel/harness/sidecar'
import { restore, table } from '../kernel/harness/table'
import { counter, expect, good, say, title, type } from './stage'

const THEIRS = '*nat\n-A POSTROUTING -s 10.77.0.0/24 ! -o eth0 -j MASQUERADE\nCOMMIT\n'
const OWNER = '--apisix-user 501:20'
const ONE = `${OWNER} --outbound-ports 80`
const TWO = `${OWNER} --inbound-ports 80,443 --outbound-ports 80,443`
/** Milliseconds of re-applying, and how often that is done between two looks at the connections. */
const LONG = 3_000
const LOOK = 4

/** The demo, step by step. */
export async function play({ sidecar }: Lab): Promise<void> {
  const pod = await sidecar(undefined, ALEX)
  const { app } = pod
  // Without IPv6, of which each command would warn.
  await app.must(['ip', '-6', 'address', 'flush', 'dev', 'eth0'])
  await succeeded(restore(app, THEIRS))
  const theirs = await table(app)

  title('A pod: an application, a proxy on port 9080 as uid 501 and gid 20, and a foreign rule')
  await type(app, 'iptables -t nat -S POSTROUTING')

  title('Its outbound traffic to port 80 is redirected')
  await connect(pod, APPLICATION, 'outside:80')
  await type(app, `apisix-mesh-agent iptables ${ONE}`)
  await connect(pod, APPLICATION, 'proxy')
  await connect(pod, ALEX, 'outside:80')

  title('Why?')
  const told = await type(app, 'apisix-mesh-agent explain --out 10.77.0.1:80 --uid 1000 --gid 1000')
  expect(/^intercepted/m.test(told), 'explain says what the kernel did')

  title('Rules replace each other, while the application connects as fast as it can')
  await underLoad(pod)

  title('Somebody breaks a rule')
  await type(app, `apisix-mesh-agent iptables ${TWO}`)
  await type(app, 'iptables -t nat -D APISIX_INBOUND -p tcp --dport 443 -j APISIX_REDIRECT')
  await type(app, `apisix-mesh-agent check ${TWO}`, 1)

  title('The same command repairs it')
  await type(app, `apisix-mesh-agent iptables ${TWO}`)
  await type(app, `apisix-mesh-agent check ${TWO}`)

  title('Clean-up removes the managed rules, and nothing else')
  await type(app, 'apisix-mesh-agent cleanup-iptables')
  await type(app, 'iptables -t nat -S POSTROUTING')
  expect((await table(app)) === theirs, 'the table is what it was, to the byte')
  await connect(pod, APPLICATION, 'outside:80')
}

const WHO = { [APPLICATION]: 'the application', [ALEX]: 'the proxy itself' }
const ANSWERS: Record<string, string> = { proxy: 'the proxy', 'outside:80': 'the origin' }

/** Connects to the origin, and says who answered. */
async function connect({ connect }: Sidecar, from: typeof APPLICATION | typeof ALEX, expected: string) {
  const [[, , answer] = ['', '', '']] = await connect([[from, 'outside:80', expected]])
  expect(answer === expected, `${expected} answers ${WHO[from]}, and not ${answer}`)
  say(`  ${WHO[from]} connects to 10.77.0.1:80: ${good(`${ANSWERS[answer]} answers`)}`)
}

/** Re-applies while the application connects in a tight loop, and counts who answers. */
async function underLoad({ app, loop }: Sidecar): Promise<void> {
  const counted = counter()
  let [connections, escaped, failed] = [0, 0, 0]
  const end = Date.now() + LONG
  for (let round = 0; Date.now() < end; ) {
    const stop = await loop(APPLICATION, 'outside:80')
    for (const until = round + LOOK; round < until; round++)
      await succeeded(program.apply(app, (round % 2 ? ONE : TWO).split(' ')))
    const { proxy = 0, 'outside:80': past = 0, ...others } = count(await stop())
    escaped += past
    failed += Object.values(others).reduce((one, two) => one + two, 0)
    connections += proxy + past
    counted.show(`  ${round} times replaced, ${connections} connections, ${escaped} escaped, ${failed} failed`)
  }
  counted.end()
  expect(connections > 0 && escaped + failed === 0, 'every connection reaches the proxy')
}
