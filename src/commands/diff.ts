import { Option, type Usage } from 'clipanion'
import type { Diagnostics } from '../diagnostics/diagnostics'
import { UserError } from '../diagnostics/user-error'
import { reasonsOf } from '../drift/findings'
import { analyze } from '../engine/analyze'
import { HOOKS } from '../engine/conditions'
import { TooComplex } from '../engine/diagrams'
import { diff } from '../engine/diff'
import { type Compared, formatDifferences, markdownDifferences } from '../format/differences'
import { paintFor } from '../format/paint'
import type { Access } from '../netfilter/tables'
import { FAMILY_NAMES, type Family, familiesNamed, familiesOf } from '../ruleset/families'
import { familyOfAddresses, isForBoth, readRuleset } from '../ruleset/read-any'
import type { Ruleset } from '../ruleset/ruleset'
import { asJson, quote, reasonOf } from '../system/text'
import { readAccess, reportPath, textAt } from './access'
import { BaseCommand } from './base-command'
import type { Session } from './session'
import { readLive } from './source'

/** One side of a comparison: a text, or the live table. */
type Side = { path: string; text: string } | 'live'

export class DiffCommand extends BaseCommand {
  static override paths = [['diff']]
  static override readonly trouble = 2

  static override usage: Usage = {
    details: `
      Compares two rulesets by what they do to every new TCP connection, not by their text, and lists each difference with an
      example, first what was redirected and bypasses the proxy now. Each side is a file, or \`-\` for stdin: a document of
      this program, what iptables-save printed, a listing of the documentation, or a script that this program has made. With
      \`--live\` the one file is compared with the live table.

      Exit status, as of diff: 0 the same for every connection, 1 different, 2 trouble, 128+n ended by signal n.
    `,
    examples: [
      ['What a change does', 'git show main:rules.golden | $0 diff - rules.golden'],
      ['What applying a document would change', '$0 diff --live rules.golden'],
      ['For a comment on a pull request', '$0 diff old.rules new.rules --format markdown'],
    ],
  }

  files = Option.Rest()

  async run(session: Session, diagnostics: Diagnostics): Promise<number> {
    const access = readAccess(session, diagnostics)
    const { ipFamily, live, format, json } = session.options
    if (live.value) reportPath(access, diagnostics)
    if (!session.printDiagnostics(diagnostics)) return DiffCommand.trouble

    const sides = await this.sides(session, live.value)
    const meant = ipFamily.isGiven ? familiesOf(familiesNamed(ipFamily.value)) : familiesIn(sides)
    const compared: (Compared & { family: Family })[] = []
    for (const family of meant) {
      const [one, other] = await Promise.all(sides.map((side) => rulesetOf(session, side, family, access)))
      const title = meant.length > 1 ? FAMILY_NAMES[family] : ''
      compared.push({ family, title, ...compare(session, one as Ruleset, other as Ruleset, family) })
    }
    const isSame = compared.every(({ differences, isCut }) => differences.length === 0 && !isCut)
    const { stdout } = session.context
    if (json.value) stdout.write(asJson({ same: isSame, families: compared.map(({ title, ...each }) => each) }))
    else if (format.value === 'markdown') stdout.write(markdownDifferences(compared))
    else stdout.write(formatDifferences(compared, paintFor(session.context)))
    return isSame ? 0 : 1
  }

  private async sides(session: Session, isLive: boolean): Promise<Side[]> {
    const needed = isLive ? 1 : 2
    if (this.files.length !== needed)
      throw new UserError(isLive ? 'diff --live needs one file' : 'diff needs two files', {
        remedy: 'Use `apisix-mesh-agent diff OLD NEW`, or `apisix-mesh-agent diff --live NEW`',
      })
    if (this.files.every((path) => path === '-') && !isLive) throw new UserError('only one side can come from stdin')
    const texts: Side[] = []
    for (const path of this.files)
      try {
        texts.push({ path, text: await textAt(session, path) })
      } catch (error) {
        throw new UserError(`${quote(path)} cannot be read: ${reasonOf(error)}`)
      }
    return isLive ? ['live', ...texts] : texts
  }
}

/** The families of the sides: both where a text is for both, else that of the addresses, or IPv4. */
function familiesIn(sides: Side[]): Family[] {
  const texts = sides.flatMap((side) => (side === 'live' ? [] : [side]))
  if (texts.some(({ text }) => isForBoth(text))) return ['ipv4', 'ipv6']
  return [texts.map((side) => familyOfAddresses(parsed(side, 'ipv4'))).find((family) => family !== undefined) ?? 'ipv4']
}

async function rulesetOf(session: Session, side: Side, family: Family, access: Access): Promise<Ruleset> {
  return side === 'live' ? (await readLive(session, access, family)).ruleset : parsed(side, family)
}

function parsed({ path, text }: { path: string; text: string }, family: Family): Ruleset {
  try {
    return readRuleset(text, family)
  } catch (error) {
    throw new UserError(`${quote(path)} cannot be used: ${reasonOf(error)}`)
  }
}

/** Whose rule redirects makes no difference: a port is a port. */
const BY_EFFECT = { isManaged: () => false }

function compare(session: Session, one: Ruleset, other: Ruleset, family: Family): Omit<Compared, 'title'> {
  for (const reason of new Set([one, other].flatMap(reasonsOf)))
    session.print({ severity: 'warning', problem: `something else may decide first: ${reason}` })
  try {
    // One hook after the other: large tables take much memory.
    const found = HOOKS.map((hook) => {
      const analysis = analyze([one, other], hook, family, BY_EFFECT)
      return { ...diff(analysis), usesChance: analysis.usesChance }
    })
    if (found.some(({ usesChance }) => usesChance))
      session.print({
        severity: 'note',
        problem: 'rules that match by chance are compared by what they may do, not by how often',
      })
    return {
      differences: found.flatMap(({ differences }) => differences).sort((a, b) => a.danger - b.danger),
      isCut: found.some(({ isCut }) => isCut),
    }
  } catch (error) {
    if (error instanceof TooComplex) throw new UserError(`the rulesets cannot be compared: ${error.message}`)
    throw error
  }
}
