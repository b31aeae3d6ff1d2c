import type { Difference } from '../engine/diff'
import { describeOutcomes } from '../engine/sentence'
import { printable } from '../system/text'
import type { Paint } from './paint'
import { describeConnection } from './trace'

/** What two rulesets of one family do differently. */
export interface Compared {
  /** Of a comparison of both families, its name. */
  title: string
  differences: Difference[]
  isCut: boolean
}

const WAYS = { in: 'In', out: 'Out' } as const
const SAME = 'No difference: both rulesets do the same to every new TCP connection.'
const CUT = 'There are more differences than are listed.'

/** The source of an outgoing connection is left out where it does not matter. */
const example = ({ witness, connections }: Difference) => {
  if (!witness) return 'depends on facts that a connection does not show'
  const isOfSource = witness.way === 'in' || /\bfrom\b/.test(connections)
  return describeConnection(isOfSource ? witness : { ...witness, from: undefined })
}

const isLost = ({ before, after }: Difference) =>
  after.includes('accept') && before.some((outcome) => /^to::/.test(outcome))

/** The differences for the terminal, the most dangerous first: what bypasses the proxy now is marked. */
export function formatDifferences(compared: Compared[], paint: Paint): string {
  const blocks = compared.flatMap(({ title, differences, isCut }) => [
    ...(title ? [paint.bold(title)] : []),
    ...differences.map((each) => {
      const after = `after:   ${describeOutcomes(each.after)}`
      return [
        `${paint.bold(WAYS[each.way])}: ${printable(each.connections)}`,
        `  before:  ${printable(describeOutcomes(each.before))}`,
        `  ${isLost(each) ? paint.red(printable(after)) : printable(after)}`,
        `  example: ${printable(example(each))}`,
      ].join('\n')
    }),
    ...(isCut ? [CUT] : []),
    ...(differences.length === 0 && !isCut ? [SAME] : []),
  ])
  return `${blocks.join('\n\n')}\n`
}

/** The same as Markdown, for a comment on a pull request. */
export function markdownDifferences(compared: Compared[]): string {
  const sections = compared.flatMap(({ title, differences, isCut }) => [
    ...(title ? [`### ${title}`] : []),
    differences.length === 0 && !isCut ? SAME : tableOf(differences),
    ...(isCut ? [CUT] : []),
  ])
  return `${sections.join('\n\n')}\n`
}

function tableOf(differences: Difference[]): string {
  const rows = differences.map((each) => [
    WAYS[each.way],
    each.connections,
    describeOutcomes(each.before),
    isLost(each) ? `**${describeOutcomes(each.after)}**` : describeOutcomes(each.after),
    example(each),
  ])
  const lines = [['', 'connections', 'before', 'after', 'example'], ['---', '---', '---', '---', '---'], ...rows]
  return lines.map((cells) => `| ${cells.map(cellOf).join(' | ')} |`).join('\n')
}

/** A bar would end the cell; what HTML reads is no text. */
const cellOf = (text: string) => printable(text).replace(/[|<>]/g, (char) => `&#${char.codePointAt(0)};`)
