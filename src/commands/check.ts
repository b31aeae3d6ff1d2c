import type { Usage } from 'clipanion'
import { type Checked, check } from '../drift/findings'
import { paintFor } from '../format/paint'
import { paintDiff, unifiedDiff } from '../format/unified-diff'
import type { Report } from '../interception/diagnostics'
import { type Family, oneFamily, requireOneFamily } from '../interception/families'
import type { Interception } from '../interception/interception'
import { flag, single } from '../interception/values'
import { commandOf, TOOL } from '../netfilter/backend'
import { withSight } from '../netfilter/sight'
import { type Access, tableForRules } from '../netfilter/tables'
import { renderDeclaration, wantedRules } from '../render/render'
import { forFamily } from '../ruleset/ruleset'
import { asJson, printable, quote, reasonOf } from '../system/text'
import { UserError } from '../system/user-error'
import { namespaceOf, openFamilies, otherFamily, readAccess, readSaved, reportPath, textAt } from './access'
import { BaseCommand } from './base-command'
import { escalate, readModel } from './model'
import type { Session } from './session'

/** What was found in the table of one family. */
interface Table extends Checked {
  family: Family
  /** The backend, or undefined for a saved table. */
  backend: string | undefined
  diff: string
}

const MAX_FINDINGS = 10

export class CheckCommand extends BaseCommand {
  static override paths = [['check']]
  static override readonly trouble = 2

  static override usage: Usage = {
    details: `
      Compares what is in force with what the same options of \`iptables\` want, in content, order and position, and prints the
      difference as a unified diff, and what it means. It also reports what defeats rules that are there: a rule of others in
      front that takes their traffic, a rule that is there twice, our rules in the other backend, a hook in the wrong place.

      With \`--golden\` nothing is read but a file, which is compared with the document of the options.

      Exit status, as of diff and grep: 0 in force, 1 differs or absent, 2 trouble (it cannot be told, or the options are
      faulty), 128+n ended by signal n.
    `,
    examples: [
      ['Are the rules in force', '$0 check --apisix-user 501:20 --inbound-ports 80,443'],
      [
        'As a readiness probe: one process a family',
        '$0 check --apisix-user 501:20 --inbound-ports 80,443 --backend nft',
      ],
      ['In CI', '$0 check --apisix-user 501:20 --inbound-ports 80,443 --golden rules.golden'],
    ],
  }

  async run(session: Session, report: Report): Promise<number> {
    const interception = await readModel(session, report)
    const access = readAccess(session, report)
    const json = flag(session.option('json'), report)
    const from = single(session.option('from'), report)
    const golden = single(session.option('golden'), report)
    requireOneFamily(session.option('from'), interception, report)
    if (from !== undefined && golden !== undefined)
      report.fault(session.option('golden').name, golden, 'is compared with the options alone: leave --from out')
    if (from === undefined && golden === undefined) reportPath(access, report)
    escalate(session, report)
    if (!session.printDiagnostics(report)) return CheckCommand.trouble

    if (golden !== undefined) return checkGolden(session, golden, interception, json)
    const tables =
      from === undefined
        ? await checkLive(session, interception, access)
        : await checkSaved(session, from, interception)
    const isInForce = tables.every(({ state }) => state === 'in force')
    if (json) printJson(session, { inForce: isInForce, tables: tables.map(({ wanted, live, ...table }) => table) })
    else for (const table of tables) printTable(session, table, tables.length > 1)
    return isInForce ? 0 : 1
  }
}

async function checkGolden(session: Session, path: string, interception: Interception, json: boolean): Promise<number> {
  const names: [string, string] = [printable(path), 'of the options']
  const diff = unifiedDiff(names, await readGolden(session, path), renderDeclaration(interception))
  if (json) printJson(session, { same: diff === '', diff })
  else if (diff === '') session.context.stdout.write(`${printable(path)} is the document of the options\n`)
  else {
    session.context.stdout.write(paintDiff(diff, paintFor(session.context)))
    session.context.stdout.write(`${printable(path)} differs from the document of the options\n`)
  }
  return diff === '' ? 0 : 1
}

async function readGolden(session: Session, path: string): Promise<string> {
  try {
    return await textAt(session, path)
  } catch (error) {
    throw new UserError(`--golden: ${quote(path)} cannot be read: ${reasonOf(error)}`)
  }
}

async function checkSaved(session: Session, path: string, interception: Interception): Promise<Table[]> {
  const { saved, family } = await readSaved(session, path, oneFamily(interception))
  const checked = check(saved, forFamily(wantedRules(interception), family), TOOL[family])
  return [{ family, backend: undefined, ...checked, diff: diffOf(checked) }]
}

async function checkLive(session: Session, interception: Interception, access: Access): Promise<Table[]> {
  const wanted = wantedRules(interception)
  const result: Table[] = []
  for (const { family, tables } of await openFamilies(session, interception, access)) {
    const found = await tableForRules(tables)
    const { nat, warning, isInBoth } = found
    const live = await withSight({ ...found, foreignIn: false }, access.path, namespaceOf(session, access))
    const checked = check(live, forFamily(wanted, family), commandOf(nat.backend))
    if (isInBoth && warning) {
      checked.findings.push({ kind: 'other-backend', line: '', text: warning })
      checked.state = 'differs'
    } else if (warning) session.say(`warning: ${warning}`)
    result.push({ family, backend: nat.backend.name, ...checked, diff: diffOf(checked) })
  }
  const warning = await otherFamily(session, interception, access)
  if (warning) for (const { notes } of result) notes.push(warning)
  return result
}

function printTable(
  session: Session,
  { family, backend, state, findings, notes, diff }: Table,
  isOneOfTwo: boolean,
): void {
  const paint = paintFor(session.context)
  const where = [isOneOfTwo ? family : '', backend ?? 'saved'].filter(Boolean).join(', ')
  const shown = findings.slice(0, MAX_FINDINGS).map(({ text }) => text)
  const more = findings.length > shown.length ? [`and ${findings.length - shown.length} more`] : []
  const said = [...shown, ...more, ...notes.map((note) => `note: ${note}`)]
  const meaning = { 'in force': paint.green('in force'), differs: paint.red('differs'), absent: paint.red('absent') }
  const what = state === 'absent' ? ': none of our rules are there' : said.length > 0 ? ':' : ''
  const lines = [`${meaning[state]} (${where})${what}`, ...said.map((each) => `  - ${printable(each)}`)]
  session.context.stdout.write(`${paintDiff(diff, paint)}${lines.join('\n')}\n`)
}

function printJson(session: Session, value: unknown): void {
  session.context.stdout.write(asJson(value))
}

const diffOf = ({ wanted, live }: Checked) => unifiedDiff(['wanted', 'in force'], textOf(wanted), textOf(live))
const textOf = (lines: string[]) => lines.map((line) => `${line}\n`).join('')
