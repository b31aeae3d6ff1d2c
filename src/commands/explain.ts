import type { Usage } from 'clipanion'
import { type Family, readFamilies } from '../interception/families'
import { quote, Report } from '../interception/report'
import { choice, flag, single } from '../interception/values'
import { addressesOf } from '../netfilter/addresses'
import { readTable } from '../netfilter/converge'
import { namespaceAt } from '../netfilter/namespace'
import { openTables, tableForRules } from '../netfilter/tables'
import { wantedRules } from '../render/render'
import { inForce } from '../ruleset/in-force'
import { forFamily, type Ruleset } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'
import { showMermaid } from '../show/mermaid'
import { paintFor } from '../show/paint'
import { type Policy, sentences, showPolicy } from '../show/policy'
import { showWalk } from '../show/walk'
import type { Connection } from '../walk/connection'
import { asLoop } from '../walk/owner'
import { policyOf } from '../walk/policy'
import { CONNECTION_OPTIONS, type ConnectionOptions, onMachine, readConnection } from '../walk/read-connection'
import { walk } from '../walk/walk'
import { LiveCommand } from './live-command'
import { toggle, value } from './options'

/** Where the rules come from that are explained. */
interface Source {
  /** The nat table of a family, and its name in words. */
  read(family: Family): Promise<{ ruleset: Ruleset; what: string }>
  /** The addresses of the machine; undefined when no machine is meant. */
  addresses(family: Family): Promise<Set<string> | undefined>
  /** The families that a policy is shown for. */
  families: Family[]
}

export class ExplainCommand extends LiveCommand {
  static override paths = [['explain']]

  static override usage: Usage = {
    category: '2. Questions',
    description: 'Say what happens to a connection, or to all of them.',
    details: `
      Without a connection: what the rules do, in sentences and as a tree of chains. With one: each rule that it meets, whether
      it matches and why, and what becomes of it: intercepted, loop (the proxy's own connection comes back to it), elsewhere
      (a rule of others sends it there), untouched, or cannot tell, with what is missing.

      Explained are the rules of the options that say what is intercepted when one is given as a flag; with \`--from\` those of
      a saved table, anybody's; else those that are live.

      Exit status: 0 whatever the answer is, 1 no answer, 128+n ended by signal n.
    `,
    examples: [
      ['What happens to a connection of an application', '$0 explain --out 10.0.0.5:443 --uid 1000 --gid 1000'],
      ['What happens to one that comes in', '$0 explain --in 192.0.2.7:5555 --to :80'],
      ['What options would do', "$0 explain --apisix-user 501:20 --inbound-ports '*'"],
    ],
  }

  out = value('--out', 'a connection from here to ADDRESS:PORT');
  in = value('--in', 'a connection that comes in from ADDRESS:PORT')
  to = value('--to', 'with --in: where to, [ADDRESS]:PORT; :PORT is any address of this machine')
  interface = value('--interface', 'where it comes in, or goes out')
  uid = value('--uid', 'with --out: the user of the process')
  gid = value('--gid', 'with --out: the group of the process')
  json = toggle('--json', 'print one JSON object')
  format = value('--format', 'text, or mermaid for a picture of the chains', 'text')
  from = value('--from', "explain a table that iptables-save printed into a file; '-' for stdin")

  async execute(): Promise<number> {
    const report = new Report()
    const source = this.readSource(report)
    const given = Object.fromEntries(CONNECTION_OPTIONS.map((name) => [name, this.option(name)]))
    const connection = readConnection(given as unknown as ConnectionOptions, this.accounts(report), report)
    const format = choice(this.option('format'), ['text', 'mermaid'], 'text', report)
    const json = flag(this.option('json'), report)
    if (format === 'mermaid' && (json || connection !== undefined))
      report.fault('--format', format, 'is a picture of all rules: leave --json, --in and --out out')
    if (!this.saysFine(report)) return 1

    const text = connection
      ? await this.explainConnection(connection, source, json)
      : await this.explainPolicy(source, json, format === 'mermaid')
    this.context.stdout.write(text)
    return 0
  }

  private async explainConnection(described: Connection, source: Source, json: boolean): Promise<string> {
    const connection = onMachine(described, await source.addresses(described.family))
    const { ruleset, what } = await source.read(connection.family)
    const { steps, verdict } = walk(ruleset, connection)
    const decided = asLoop(verdict, connection, ruleset)
    if (json) return asJson({ ...decided, connection, walked: what, steps })
    return showWalk(connection, { steps, verdict: decided }, what, paintFor(this.context))
  }

  private async explainPolicy({ read, families }: Source, json: boolean, isPicture: boolean): Promise<string> {
    const policies: (Policy & { family: Family; what: string })[] = []
    for (const family of families) {
      const { ruleset, what } = await read(family)
      policies.push({ family, what, in: policyOf(ruleset, 'PREROUTING'), out: policyOf(ruleset, 'OUTPUT') })
    }
    if (isPicture) return showMermaid(policies)
    if (json)
      return asJson(
        policies.map((each) => ({ ...each, sentences: { in: sentences(each.in), out: sentences(each.out) } })),
      )
    const title = ({ family, what }: { family: Family; what: string }) => `${NAMES[family]}, ${what}`
    return policies.map((each) => `${title(each)}\n\n${showPolicy(each, paintFor(this.context))}`).join('\n')
  }

  /** The options when one says what is intercepted, the file of --from, or what is live. */
  private readSource(report: Report): Source {
    const access = this.readAccess(report)
    const from = single(this.option('from'), report)
    const families = readFamilies(this.option('ipFamily'), report)
    const shown = (['ipv4', 'ipv6'] as const).filter((family) => families[family])
    const nowhere = async () => undefined
    if (this.hasSetup()) {
      const wanted = wantedRules(this.readInterception(report))
      this.takeStrictly(report)
      if (from !== undefined)
        report.fault('--from', from, 'is explained as it is: leave the options out that say what is intercepted')
      const rules = (family: Family) => inForce(families[family] ? forFamily(wanted, family) : NOTHING)
      return {
        families: shown,
        addresses: nowhere,
        read: async (family) => ({ ruleset: rules(family), what: 'the rules of the options' }),
      }
    }
    if (from !== undefined) {
      const read = async () => ({ ruleset: await this.readSaved(from), what: `the rules of ${quote(from)}` })
      return { families: shown.slice(0, 1), addresses: nowhere, read }
    }
    const namespace = namespaceAt(access.netns, this.context.run)
    return {
      families: shown,
      addresses: (family) => addressesOf(namespace, family),
      read: async (family) => {
        const { nat, first, warning } = await tableForRules(await openTables(access, family, this.context.run))
        if (warning) this.say(`warning: ${warning}`)
        return { ruleset: first ?? (await readTable(nat)), what: `the live rules (${nat.backend.name})` }
      },
    }
  }
}

const NAMES = { ipv4: 'IPv4', ipv6: 'IPv6' }
const asJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
