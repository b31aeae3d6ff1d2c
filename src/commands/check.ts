import type { Usage } from 'clipanion'
import { sentencesOf } from '../diagnostics/diagnostic'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import { type Checked, check } from '../drift/findings'
import { paintFor } from '../format/paint'
import { paintDiff, unifiedDiff } from '../format/unified-diff'
import type { Interception } from '../interception/interception'
import { commandOf, TOOL } from '../netfilter/backend'
import { withSight } from '../netfilter/sight'
import type { Access } from '../netfilter/tables'
import { renderDeclaration, wantedRules } from '../render/render'
import { commandLine as shellLine } from '../render/shell'
import { type Family, oneFamily } from '../ruleset/families'
import { forFamily } from '../ruleset/ruleset'
import { asJson, printable, quote, reasonOf } from '../system/text'
import {
  findTables,
  namespaceOf,
  otherFamily,
  readAccess,
  readSaved,
  reportPath,
  requireOneFamily,
  textAt,
} from './access'
import { BaseCommand } from './base-command'
import { commandLine, escalate, readModel } from './model'
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
      Compares the active rules with those that \`iptables\` would apply for the same options, in content, order and position,
      and prints the differences as a unified diff with their meaning. It also reports a foreign rule in front that takes the
      traffic, a duplicate rule, managed rules in the other backend, and a jump in the wrong chain.

      With \`--golden\` it reads only a file, and compares it with the document of the options.

      Exit status, as of diff and grep: 0 active, 1 different or absent, 2 trouble (wrong options too), 128+n ended by
      signal n.
    `,
    examples: [
      ['Check whether the rules are active', '$0 check --apisix-user 501:20 --inbound-ports 80,443'],
      [
        'As a readiness probe, with one process for each family',
        '$0 check --apisix-user 501:20 --inbound-ports 80,443 --backend nft',
      ],
      ['In CI', '$0 check --apisix-user 501:20 --inbound-ports 80,443 --golden rules.golden'],
    ],
  }

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    const interception = await readModel(session, diagnostics)
    const access = readAccess(session, diagnostics)
    const { options } = session
    const [json, from, golden] = [options.json.value, options.from.value, options.golden.value]
    requireOneFamily(options.from, interception, diagnostics)
    if (from !== undefined && golden !== undefined)
      diagnostics.error(options.golden.name, golden, 'cannot be combined with --from')
    if (from === undefined && golden === undefined) reportPath(access, diagnostics)
    escalate(session, diagnostics)
    if (!session.printDiagnostics(diagnostics)) return CheckCommand.trouble

    if (golden !== undefined) return checkGolden(session, golden, interception, json)
    const tables =
      from === undefined
        ? await checkLive(session, interception, access)
        : await checkSaved(session, from, interception)
    const isActive = tables.every(({ state }) => state === 'active')
    if (json) printJson(session, { active: isActive, tables: tables.map(({ wanted, live, ...table }) => table) })
    else for (const table of tables) printTable(session, table, tables.length > 1)
    return isActive ? 0 : 1
  }
}

async function checkGolden(session: Session, path: string, interception: Interception, json: boolean): Promise<number> {
  const name = path === '-' ? 'stdin' : printable(path)
  const names: [string, string] = [name, 'of the options']
  const golden = await readGolden(session, path)
  if (golden === undefined) {
    session.print({ severity: 'error', problem: `--golden: ${quote(path)} does not exist` })
    session.say(`To write it: ${acceptance(session, interception, path)}`)
    return CheckCommand.trouble
  }
  const diff = unifiedDiff(names, golden, renderDeclaration(interception))
  if (json) printJson(session, { same: diff === '', diff })
  else if (diff === '') session.context.stdout.write(`${name} is the document of the options\n`)
  else {
    session.context.stdout.write(paintDiff(diff, paintFor(session.context)))
    session.context.stdout.write(`${name} is not the document of the options\n`)
    session.say(`To accept the new document: ${acceptance(session, interception, path)}`)
  }
  return diff === '' ? 0 : 1
}

/** The command that writes the golden file anew. */
function acceptance(session: Session, interception: Interception, path: string): string {
  const [, ...options] = commandLine(session, interception)
  const target = path === '-' ? ['--dry-run'] : ['--output', path]
  return shellLine(['iptables', ...options, ...target])
}

/** The text of the golden file; undefined when there is none yet. */
async function readGolden(session: Session, path: string): Promise<string | undefined> {
  try {
    return await textAt(session, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new UserError(`--golden: ${quote(path)} cannot be read: ${reasonOf(error)}`)
  }
}

async function checkSaved(session: Session, path: string, interception: Interception): Promise<Table[]> {
  const { saved, family } = await readSaved(session, path, oneFamily(interception))
  const checked = check(saved, forFamily(wantedRules(interception), family), family, TOOL[family])
  return [{ family, backend: undefined, ...checked, diff: diffOf(checked) }]
}

async function checkLive(session: Session, interception: Interception, access: Access): Promise<Table[]> {
  const wanted = wantedRules(interception)
  const [tables, otherWarning] = await Promise.all([
    findTables(session, interception, access),
    otherFamily(session, interception, access),
  ])
  const result: Table[] = []
  for (const { family, found } of tables) {
    const { nat, warning, isInBoth } = found
    const live = await withSight({ ...found, foreignIn: false }, access.path, namespaceOf(session, access))
    const checked = check(live, forFamily(wanted, family), family, commandOf(nat.backend))
    if (isInBoth && warning) {
      checked.findings.push({ kind: 'other-backend', line: '', text: sentencesOf(warning) })
      checked.state = 'differs'
    } else if (warning) session.print({ severity: 'warning', ...warning })
    result.push({ family, backend: nat.backend.name, ...checked, diff: diffOf(checked) })
  }
  if (otherWarning) for (const { notes } of result) notes.push(sentencesOf(otherWarning))
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
  const meaning = { active: paint.green('active'), differs: paint.red('differs'), absent: paint.red('absent') }
  const what = state === 'absent' ? ': no managed rules found' : said.length > 0 ? ':' : ''
  const lines = [`${meaning[state]} (${where})${what}`, ...said.map((each) => `  - ${printable(each)}`)]
  session.context.stdout.write(`${paintDiff(diff, paint)}${lines.join('\n')}\n`)
}

function printJson(session: Session, value: unknown): void {
  session.context.stdout.write(asJson(value))
}

const diffOf = ({ wanted, live }: Checked) => unifiedDiff(['wanted', 'active'], textOf(wanted), textOf(live))
const textOf = (lines: string[]) => lines.map((line) => `${line}\n`).join('')
