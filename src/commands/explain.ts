import type { Usage } from 'clipanion'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import { reasonsOf } from '../drift/findings'
import { settled } from '../engine/verdict'
import { formatMermaid } from '../format/mermaid'
import { paintFor } from '../format/paint'
import { describePolicy, formatPolicy, type Policy, sentencesOf } from '../format/policy'
import { formatTrace } from '../format/trace'
import type { Namespace } from '../netfilter/namespace'
import type { Nat } from '../netfilter/nat'
import { agreement, probe } from '../probe/probe'
import { FAMILY_NAMES, type Family } from '../ruleset/families'
import { isWithin } from '../ruleset/networks'
import type { Ruleset } from '../ruleset/ruleset'
import { asJson, printable, quote } from '../system/text'
import type { Connection } from '../trace/connection'
import { FROM_HERE, onMachine, readConnection } from '../trace/read-connection'
import { asLoop, trace } from '../trace/trace'
import { BaseCommand } from './base-command'
import { accountsFor } from './model'
import type { Session } from './session'
import { readSource, type Source } from './source'

export class ExplainCommand extends BaseCommand {
  static override paths = [['explain']]

  static override usage: Usage = {
    details: `
      Without a connection it shows the policy: what the rules do to all connections, in sentences and as a tree of chains.
      With one it shows the trace: each rule that the connection meets, whether it matches and why, and the verdict:
      intercepted, loop (the proxy's own connection comes back to it), elsewhere (a foreign rule sends it there), untouched,
      or unknown, with the fact that is missing.

      It explains the rules of the options if there are any, with \`--from\` those of a saved table, and else the live ones.

      Exit status: 0 for every verdict, 1 trouble, 128+n ended by signal n.
    `,
    examples: [
      ['Explain a connection of an application', '$0 explain --out 10.0.0.5:443 --uid 1000 --gid 1000'],
      ['Explain an incoming connection', '$0 explain --in 192.0.2.7:5555 --to :80'],
      ['Explain what options would do', "$0 explain --apisix-user 501:20 --inbound-ports '*'"],
    ],
  }

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    const source = await readSource(session, diagnostics)
    const { options } = session
    const connection = readConnection(options, accountsFor(session), diagnostics)
    const [format, json, hasRules, isReal] = [
      options.format.value,
      options.json.value,
      options.rules.value,
      options.probe.value,
    ]
    if (format === 'mermaid' && (json || connection !== undefined))
      diagnostics.error(options.format.name, format, 'is a picture of all rules', 'Remove --json, --in and --out')
    if (hasRules && format !== 'mermaid')
      diagnostics.error(options.rules.name, 'true', 'applies to --format mermaid only')
    if (isReal && (!source.live || connection?.way === 'in' || !options.out.isGiven))
      diagnostics.error(
        options.probe.name,
        'true',
        'makes a real connection from this machine',
        'Use --out ADDRESS:PORT, and remove --from, --in and the options that say what is redirected',
      )
    if (isReal && connection?.uid !== undefined && connection.gid === undefined)
      diagnostics.error(options.uid.name, `${connection.uid}`, 'needs a group for --probe', 'Use --gid too')
    if (!session.printDiagnostics(diagnostics)) return 1

    const text = connection
      ? await (isReal
          ? explainProbe(session, connection, source, json)
          : explainConnection(session, connection, source, json))
      : await explainPolicy(session, source, json, format === 'mermaid' ? (hasRules ? 'rules' : 'outcomes') : undefined)
    session.context.stdout.write(text)
    return 0
  }
}

async function explainConnection(
  session: Session,
  described: Connection,
  source: Source,
  json: boolean,
): Promise<string> {
  const addresses = await source.addresses(described.family)
  if (described.from && addresses && isWithin(described.from.address, addresses))
    throw new UserError(`--in: ${quote(described.from.address)} ${FROM_HERE[0]}`, { remedy: FROM_HERE[1] })
  const connection = onMachine(described, addresses)
  const { ruleset, what } = await source.read(connection.family)
  const { steps, verdict } = trace(ruleset, connection)
  const decided = asLoop(settled(verdict, ruleset, connection), connection, ruleset)
  if (json) return asJson({ ...decided, connection, walked: what, steps })
  return formatTrace(connection, { steps, verdict: decided }, what, paintFor(session.context))
}

/** The trace, beside what the kernel does with the same connection. */
async function explainProbe(session: Session, described: Connection, source: Source, json: boolean): Promise<string> {
  const owner = { uid: described.uid ?? process.getuid?.(), gid: described.gid ?? process.getgid?.() }
  const connection = onMachine({ ...described, ...owner }, await source.addresses(described.family))
  const { nat, what } = await source.read(connection.family)
  const probed = await probe(nat as Nat, source.live as Namespace, connection)
  const { steps, verdict } = trace(probed.ruleset, connection)
  const decided = asLoop(settled(verdict, probed.ruleset, connection), connection, probed.ruleset)
  const { answer, moved } = probed
  if (json)
    return asJson({
      ...decided,
      connection,
      walked: what,
      steps,
      probe: { answer, ...agreement(steps, probed), moved },
    })
  return formatTrace(connection, { steps, verdict: decided }, what, paintFor(session.context), probed)
}

async function explainPolicy(
  session: Session,
  { read, families }: Source,
  json: boolean,
  picture: 'outcomes' | 'rules' | undefined,
): Promise<string> {
  const policies: (Policy & { family: Family; what: string; unseen?: string[] })[] = []
  for (const family of await families()) {
    const { ruleset, what } = await read(family)
    policies.push({
      family,
      what,
      ...unseenOf(ruleset),
      ...describePolicy(ruleset, family),
    })
  }
  if (picture)
    return formatMermaid(
      policies.map((each) => [FAMILY_NAMES[each.family], each]),
      picture === 'rules',
    )
  const told = ({ explanation, ...each }: Policy) => ({
    ...each,
    sentences: { in: sentencesOf(explanation.in), out: sentencesOf(explanation.out) },
    neverMatching: explanation.neverMatching?.map(({ chain, at }) => ({ chain, number: at + 1 })),
  })
  if (json) return asJson({ policies: policies.map(told) })
  const title = ({ family, what, unseen = [] }: { family: Family; what: string; unseen?: string[] }) =>
    [
      `${FAMILY_NAMES[family]}, ${what}`,
      ...unseen.map((reason) => `unknown, because something else may decide first: ${printable(reason)}`),
    ].join('\n')
  return policies.map((each) => `${title(each)}\n\n${formatPolicy(each, paintFor(session.context))}`).join('\n')
}

/** What else decides about connections, where something does. */
const unseenOf = (ruleset: Ruleset) => (reasonsOf(ruleset).length > 0 ? { unseen: reasonsOf(ruleset) } : {})
