import { analyze } from '../../../src/engine/analyze'
import { decide } from '../../../src/engine/decide'
import { diff } from '../../../src/engine/diff'
import { addressesOf } from '../../../src/netfilter/addresses'
import type { Family } from '../../../src/ruleset/families'
import { parseSaved } from '../../../src/ruleset/parse'
import type { Ruleset } from '../../../src/ruleset/ruleset'
import type { Connection as TracedConnection } from '../../../src/trace/connection'
import { onMachine } from '../../../src/trace/read-connection'
import { asLoop, trace, type Verdict } from '../../../src/trace/trace'
import { outcomeOfVerdict } from '../../engine/connections'
import { cli } from '../../support'
import { describedBy } from '../../trace/connections'
import type { Draw } from './draws'
import type { Namespace } from './namespace'
import { type Connection, HOSTS, SERVED, type Sidecar } from './sidecar'

/** What came of trying a draw: how often the kernel decided what, and every connection on which `explain` or the engine says otherwise. */
export interface Agreement {
  decided: Record<Verdict['verdict'], number>
  disagreements: string[]
  /** The ruleset that was live, and who answered each connection. */
  ruleset: Ruleset
  answered: { connection: TracedConnection; answer: string }[]
}

const TOOL = { ipv4: 'iptables', ipv6: 'ip6tables' }

/** Puts a draw's rules into force, makes its connections for real, and compares who answered with what `explain` says. */
export async function tryOut({ app, connect }: Sidecar, draw: Draw): Promise<Agreement> {
  const live = await putInForce(app, draw)
  const ruleset = parseSaved(live)
  const addresses = await addressesOf(
    { run: app.run as never, procNet: (file) => app.must(['cat', `/proc/net/${file}`]) },
    draw.family,
  )
  const analyses = {
    in: analyze([ruleset], 'PREROUTING', draw.family),
    out: analyze([ruleset], 'OUTPUT', draw.family),
  }
  const answers = await connect(draw.connections.map(([from, to]): Connection => [from, to, '']))
  const agreement: Agreement = {
    decided: { intercepted: 0, loop: 0, elsewhere: 0, untouched: 0, unknown: 0 },
    disagreements: [],
    ruleset,
    answered: [],
  }
  for (const [from, to, answer] of answers) {
    const connection = onMachine(described(from, to, draw), addresses)
    agreement.answered.push({ connection, answer })
    const verdict = asLoop(trace(ruleset, connection).verdict, connection, ruleset)
    agreement.decided[verdict.verdict]++
    const { outcomes, dependsOn } = decide(analyses[connection.way], 0, connection)
    const expected = outcomeOfVerdict(verdict, connection)
    const found = outcomes.map((outcome) => (outcome === `to::${connection.to.port}` ? 'same' : outcome))
    if (expected !== undefined && (dependsOn.length > 0 || found.join() !== expected))
      agreement.disagreements.push(`${from} to ${to}: the engine says ${found.join()}, the trace ${expected}\n${live}`)
    if (answerFor(verdict, to) !== answer)
      agreement.disagreements.push(
        `${from} to ${to}: ${answer} answered, explain says ${JSON.stringify(verdict)}\n${draw.options.join(' ')}\n${live}`,
      )
  }
  return agreement
}

/** Every connection that two rulesets answered differently although `diff` says that they do the same to it; and how many differed. */
export function compareAnswers(
  family: Family,
  one: Agreement,
  other: Agreement,
): { wrong: string[]; differed: number } {
  const rulesets = [one.ruleset, other.ruleset]
  const analyses = {
    in: analyze(rulesets, 'PREROUTING', family),
    out: analyze(rulesets, 'OUTPUT', family),
  }
  const isSame = { in: diff(analyses.in).differences.length === 0, out: diff(analyses.out).differences.length === 0 }
  const wrong: string[] = []
  let differed = 0
  for (const [at, { connection, answer }] of one.answered.entries()) {
    if (answer === other.answered[at]?.answer) continue
    differed++
    const [before, after] = [0, 1].map((side) => decide(analyses[connection.way], side, connection).outcomes.join())
    if (isSame[connection.way] || before === after)
      wrong.push(`${JSON.stringify(connection)}: ${answer}, then ${other.answered[at]?.answer}`)
  }
  return { wrong, differed }
}

/** The table that is then live, as it is saved. */
async function putInForce(app: Namespace, { family, options, before, behind }: Draw): Promise<string> {
  const { status, stdout, stderr } = await cli(['iptables', ...options, '--dry-run'])
  if (status !== 0) throw new Error(stderr)
  const [first = '', ...others] = [...before, stdout, ...behind]
  await app.must([`${TOOL[family]}-restore`], { input: first })
  for (const input of others) await app.must([`${TOOL[family]}-restore`, '--noflush'], { input })
  return app.must([`${TOOL[family]}-save`, '-t', 'nat'])
}

/** The connection as somebody describes it who asks: who makes it, from where and where to. */
function described(from: Connection[0], to: Connection[1], { family }: Draw) {
  const [place, uid = '', gid = ''] = from.split(/[ :]/)
  const [host = '', port] = to.split(':')
  const end = family === 'ipv4' ? `${HOSTS[host]}:${port}` : `[${HOSTS[host]}]:${port}`
  const outside = (family === 'ipv4' ? HOSTS.outside : HOSTS.outside6) ?? ''
  const said: Record<string, string> = place === 'outside' ? { in: outside, to: end } : { out: end, uid, gid }
  if (place === 'outside' || host.startsWith('outside')) said.interface = 'eth0'
  return describedBy(
    Object.entries(said)
      .map(([name, value]) => (value ? `--${name} ${value}` : ''))
      .join(' '),
  )
}

/** Who answers when the verdict is right; the sidecar says which ports are served. */
function answerFor(verdict: Verdict, to: string): string {
  const [host = '', port = ''] = to.split(':')
  const place = host.startsWith('outside') ? 'outside' : 'app'
  switch (verdict.verdict) {
    case 'intercepted':
    case 'loop':
      return verdict.port === 9080 ? 'proxy' : 'capture'
    case 'elsewhere':
      return `app:${verdict.to.split(':').at(-1)}`
    case 'untouched':
      return SERVED.includes(Number(port)) ? `${place}:${port}` : 'ECONNREFUSED'
    case 'unknown':
      return 'nobody'
  }
}
