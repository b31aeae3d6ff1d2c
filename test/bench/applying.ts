import { readFileSync } from 'node:fs'
import { compare, type Step, type Task } from './measure'
import { type Backend, EXAMPLE_4, type Figure, NODE, type Setting, scattered } from './setting'

/** Bringing rules into force, by the program and by the script. */
export function applying(setting: Setting, backend: Backend): Figure[] {
  const { program, made, written, size, pairs } = setting
  const tool = `iptables-${backend}`
  const save: Step = { argv: [`${tool}-save`, '-t', 'nat'] }
  const restore = (input: string): Step => ({ argv: [`${tool}-restore`, '--noflush'], input })
  const apply = (...options: string[]) => program('iptables', ...options, '--backend', backend)
  const clean = [program('cleanup-iptables', '--backend', backend, '--ip-family', 'ipv4')]
  const asListed = (listing: string): Step => ({
    argv: ['sh', '-e', written('listing', listing.replaceAll('iptables ', `${tool} `))],
  })

  const script = made('script', ...EXAMPLE_4, '--format', 'script').file
  const scripted: Step = { argv: [script], env: { IPTABLES: tool } }
  const document = made('document', ...EXAMPLE_4).text
  const tools: Task = { prepare: clean, steps: [save, restore(document)] }
  const withNode: Task = { prepare: clean, steps: [NODE, save, restore(document)] }
  const documented: Task = { prepare: clean, steps: [asListed(readFileSync('fixtures/documented/4-both.txt', 'utf8'))] }

  const ports = ['--apisix-user', '501:20', '--inbound-ports', scattered(size(1000)).join()]
  const listing = made('listing-of-many', ...ports, '--format', 'documented').text
  const title = `${size(1000).toLocaleString('en')} ports`
  const row = (what: string, bound: number, one: Task, other: Task, times = pairs): Figure => ({
    what,
    backend,
    unit: 'ms',
    bound,
    ...compare(one, other, times),
  })
  return [
    row(
      'applying example 4 ÷ (node -e 0 + save + restore)',
      1.9,
      { prepare: clean, steps: [apply(...EXAMPLE_4)] },
      withNode,
    ),
    row('… active already ÷ the same', 1.7, { prepare: [apply(...EXAMPLE_4)], steps: [apply(...EXAMPLE_4)] }, withNode),
    row('the script, applying ÷ (save + restore)', 2, { prepare: clean, steps: [scripted] }, tools),
    row('… active already ÷ the same', 1, { prepare: [scripted], steps: [scripted] }, tools),
    row('the script, applying ÷ the documented commands', 0.65, { prepare: clean, steps: [scripted] }, documented),
    row(
      `applying ${title} ÷ the documented commands for them`,
      0.08,
      { prepare: clean, steps: [apply(...ports)] },
      { prepare: clean, steps: [asListed(listing)] },
      Math.min(pairs, 3),
    ),
    ...withFerm(setting, backend, clean, apply(...EXAMPLE_4)),
  ]
}

const FERM = `domain ip table nat {
  chain APISIX_REDIRECT proto tcp REDIRECT to-ports 9080;
  chain OUTPUT {
    outerface lo daddr ! 127.0.0.1 mod owner uid-owner 501 RETURN;
    mod owner gid-owner 20 RETURN;
    proto tcp dport 80 jump APISIX_REDIRECT;
  }
  chain PREROUTING proto tcp jump APISIX_INBOUND;
  chain APISIX_INBOUND proto tcp dport (80 443) jump APISIX_REDIRECT;
}
`

/** ferm, where it is installed, with the same rules: it replaces the whole table. */
function withFerm({ written, pairs }: Setting, backend: Backend, clean: Step[], apply: Step): Figure[] {
  // It takes the legacy tools when they are there, whatever iptables is.
  if (backend === 'nft') return []
  const what = 'applying example 4 ÷ ferm with the same rules'
  try {
    const ferm: Step = { argv: ['ferm', '--noflush', written('ferm.conf', FERM)] }
    return [
      {
        what,
        backend,
        unit: 'ms',
        ...compare({ prepare: clean, steps: [apply] }, { prepare: clean, steps: [ferm] }, pairs),
      },
    ]
  } catch (error) {
    console.error(`not measured: ${what}: ${(error as Error).message.split('\n')[0]}`)
    return []
  }
}
