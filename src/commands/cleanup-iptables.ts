import type { Usage } from 'clipanion'
import type { Diagnostics, Warning } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import type { Interception } from '../interception/interception'
import { ifIpv6Works, ipv6Leftovers } from '../netfilter/ipv6'
import { type Nat, readTable } from '../netfilter/nat'
import { hasNftTable, showsOurs } from '../netfilter/sight'
import { type Access, openTables, possibleTables, type Tables, tableForRules } from '../netfilter/tables'
import { renderCleanup } from '../render/formats'
import type { RecordSnapshot } from '../rollback/with-guard'
import type { Family } from '../ruleset/families'
import { managedSet, NFT_TABLE } from '../ruleset/ownership'
import type { Ruleset } from '../ruleset/ruleset'
import { NOTHING } from '../ruleset/transaction'
import { namedFamily, namespaceOf, readAccess, readSaved, reportPath } from './access'
import { BaseCommand } from './base-command'
import { convergeTable, deliverChange, printChange, sizeOf, withRollback } from './change'
import { escalate, readModel, refuseSetup } from './model'
import { deliver, type Output, readOutput, readScript, renderTemplate } from './output'
import type { Session } from './session'

export class CleanupIptablesCommand extends BaseCommand {
  static override paths = [['cleanup-iptables']]

  static override usage: Usage = {
    details: `
      Reads the live rules and removes exactly the managed ones, from both backends, each in one step. Foreign rules stay as
      they are.

      With \`--dry-run\` or \`--output\` it reads nothing: the document undoes what \`iptables\` with the same options sets up.
      Only then it takes the options that say what is redirected.

      Exit status: 0 removed, or nothing to do. 1 failed, and nothing is half done. 128+n ended by signal n.
    `,
    examples: [
      ['Remove the managed rules', '$0 cleanup-iptables'],
      ['See what would be removed from a saved table', '$0 cleanup-iptables --from saved.txt'],
      ['See the inverse of a set-up', '$0 cleanup-iptables --apisix-user 501:20 --inbound-ports 80,443 --dry-run'],
    ],
  }

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    const output = readOutput(session, diagnostics)
    const observes = output.to === 'live' || output.from !== undefined
    if (observes) refuseSetup(session, diagnostics)
    const interception = observes ? undefined : await readInverted(session, output, diagnostics)
    const access = readAccess(session, diagnostics)
    const family = namedFamily(session)
    const script = readScript(session, output, access, interception, diagnostics)
    if (output.to === 'live') reportPath(access, diagnostics)
    escalate(session, diagnostics)
    if (!session.printDiagnostics(diagnostics)) return 1

    if (output.to === 'live')
      return withRollback(session, access, undefined, (keep) => clean(session, access, family, keep))
    if (output.from !== undefined) {
      const { saved, family: found } = await readSaved(session, output.from, family)
      deliverChange(session, saved, found, NOTHING, output)
    } else if (output.template !== undefined && interception)
      deliver(session, await renderTemplate(output.template, interception), output)
    else if (interception)
      deliver(session, renderCleanup(output.format, { interception, ...script }), output, interception)
    if (output.format === 'documented')
      session.print({
        severity: 'warning',
        problem: 'running this listing deletes foreign rules in OUTPUT, and two of its commands fail',
      })
    return 0
  }
}

/** What a set-up with the same options would intercept. That may well be another one than what is live. */
async function readInverted(session: Session, { format }: Output, diagnostics: Diagnostics): Promise<Interception> {
  const interception = await readModel(session, diagnostics)
  // An nft table goes as a whole, whatever it was made with.
  const isMeant = ({ code }: Warning) => code !== 'nothing-intercepted' && format !== 'nft'
  const kept = diagnostics.warnings.splice(0).filter(isMeant)
  diagnostics.warnings.push(...kept)
  if (format === 'restore' && !interception.inbound && !interception.outbound)
    diagnostics.warn(
      'nothing-intercepted',
      'this undoes a set-up without ports',
      'Use the options of your set-up, or pipe `iptables-save -t nat` into --from -',
    )
  return interception
}

/** What is found is removed: of both families and backends, unless an option names one. */
async function clean(
  session: Session,
  access: Access,
  family: Family | undefined,
  keep?: RecordSnapshot,
): Promise<number> {
  const all = await openAll(session, access, family)
  const nats = (await Promise.all(all.map(possibleTables))).flat()
  // All are read before one is changed, the one that was chosen first: without it nothing can be told.
  const first = new Map<Nat, Ruleset>()
  for (const nat of nats.toReversed())
    if (nat === nats.at(-1)) first.set(nat, await readTable(nat))
    else await readLeftovers(session, nat, access, first)
  let isClean = true
  for (const nat of nats.filter((each) => first.has(each))) {
    const outcome = await convergeTable(session, nat, NOTHING, access, {
      first: first.get(nat) as Ruleset,
      ...(keep && { changes: (live: Ruleset) => keep(nat, live) }),
    })
    if (outcome.done === 'unchanged') continue
    isClean = false
    const { chains, rules } = managedSet(outcome.before)
    printChange(session, `removed: ${sizeOf(chains.length, rules.length, nameOf(nat))}`, outcome)
  }
  if (isClean) session.say('no managed rules found. Nothing was changed.')
  if (await hasNftTable(access.path, namespaceOf(session, access)))
    session.print({
      severity: 'warning',
      problem: `the nft table ${NFT_TABLE} stays, and redirects connections`,
      remedy: `Remove it with \`nft delete table ${NFT_TABLE}\``,
    })
  return 0
}

/** Reads a table that nobody named. One that cannot be read, and has no managed rules as far as can be seen, is a note. */
async function readLeftovers(session: Session, nat: Nat, access: Access, into: Map<Nat, Ruleset>): Promise<void> {
  try {
    into.set(nat, await readTable(nat))
  } catch (error) {
    if (!(error instanceof UserError) || (await showsOurs(nat.backend, access.path, namespaceOf(session, access))))
      throw error
    session.print({
      ...error.diagnostic,
      severity: 'note',
      problem: `${nameOf(nat)} was not read: ${error.diagnostic.problem}`,
    })
  }
}

async function openAll(session: Session, access: Access, only: Family | undefined): Promise<Tables[]> {
  const open = (family: Family) => openTables(access, family, session.context.run)
  const openReadable = async (family: Family) => {
    const tables = await open(family)
    await tableForRules(tables)
    return tables
  }
  if (only) return [await open(only)]
  const namespace = namespaceOf(session, access)
  const ipv4 = await open('ipv4')
  const note = (reason: string) => session.print({ severity: 'note', problem: `IPv6 was not read: ${reason}` })
  const isAsked = session.options.ipFamily.value === 'dual'
  const ipv6 = await (isAsked
    ? ifIpv6Works(() => openReadable('ipv6'), namespace)
    : ipv6Leftovers(() => open('ipv6'), note))
  return ipv6 ? [ipv6, ipv4] : [ipv4]
}

const nameOf = ({ backend: { name, family } }: Nat) => `${name}${family === 'ipv6' ? ', IPv6' : ''}`
