import { inBoth } from '../ruleset/ranges'
import type { Match } from '../ruleset/rule'
import { printable } from '../system/text'
import type { Branch } from '../trace/policy'
import type { Paint } from './paint'
import { describeOutcome, phrase } from './phrase'
import { item, wrap } from './wrap'

/** The two ways in which connections meet the nat table, and the chain that they meet first. */
export interface Policy {
  in: Branch[]
  out: Branch[]
}

const WAYS = [
  ['in', 'In', 'PREROUTING'],
  ['out', 'Out', 'OUTPUT'],
] as const

/** A policy for the terminal: its sentences, and the tree of its chains. */
export function formatPolicy(policy: Policy, paint: Paint): string {
  const sections = WAYS.map(([way, title]) => {
    const lines = sentences(policy[way]).flatMap(item)
    return [paint.bold(`${title} (first match wins):`), ...lines, ''].join('\n')
  })
  const trees = WAYS.map(([way, , hook]) => [paint.bold(hook), ...tree(policy[way], '', new Set()), ''].join('\n'))
  return [...sections, ...trees].join('\n')
}

/** What happens to which traffic, a sentence for each way to an end, in the order in which it is decided. */
export function sentences(branches: Branch[]): string[] {
  const ends = endsOf(branches, [], null)
  return [...ends, 'Anything else bypasses the proxy.']
}

function endsOf(branches: Branch[], above: Match[], ports: string[] | null): string[] {
  return branches.flatMap((branch) => {
    const matches = merged(above, branch.matches)
    const both = { matches, ports: inBoth(ports, branch.ports) }
    if (both.ports?.length === 0) return []
    if (branch.branches.length > 0) return endsOf(branch.branches, matches, both.ports)
    return branch.end ? [capital(printable(`${phrase(both)} ${describeOutcome(branch.end, branch.target)}.`))] : []
  })
}

/** Conditions of a rule and of those that lead to it, each once. */
function merged(above: Match[], own: Match[]): Match[] {
  const known = new Set(above.map((each) => JSON.stringify(each)))
  return [...above, ...own.filter((each) => !known.has(JSON.stringify(each)))]
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function tree(all: Branch[], margin: string, seen: Set<string>): string[] {
  const branches = all.filter(({ isImplied }) => !isImplied)
  return branches.flatMap((branch, at) => {
    const isLast = at === branches.length - 1
    const isSeen = seen.has(branch.target)
    const below = margin + (isLast ? '   ' : '│  ')
    const [first = '', ...more] = wrap(
      `${phrase(branch)} → ${label(branch)}${isSeen ? ' (see above)' : ''}`,
      margin.length + 3,
    )
    const lines = [
      `${margin}${isLast ? '└─ ' : '├─ '}${first.slice(below.length)}`,
      ...more.map((line) => below + line.slice(below.length)),
    ]
    if (isSeen || branch.branches.length === 0) return lines
    seen.add(branch.target)
    return [...lines, ...tree(branch.branches, below, seen)]
  })
}

/** A target in a word or two: its name, and where it sends what it gets. */
export function label({ target, end }: Branch): string {
  if (end?.kind === 'proxy') return printable(`${target} to port ${end.port}`)
  if (end?.kind === 'elsewhere') return printable(`${target} to ${end.to}`)
  return printable(target) || 'counted only'
}
