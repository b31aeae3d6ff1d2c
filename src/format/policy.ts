import { type Explanation, explain } from '../engine/explain'
import type { Policy as Statements } from '../engine/policy'
import type { Family } from '../ruleset/families'
import type { Match } from '../ruleset/rule'
import type { Ruleset } from '../ruleset/ruleset'
import { printable } from '../system/text'
import { type Branch, treeOf } from '../trace/tree'
import type { Paint } from './paint'
import { item, wrap } from './wrap'

/** What the rules of one family do: as trees of chains, and to all connections. */
export interface Policy {
  in: Branch[]
  out: Branch[]
  explanation: Explanation
}

/** What the rules of a table do. */
export function describePolicy(ruleset: Ruleset, family: Family): Policy {
  // First, since it takes most memory, and the trees stay.
  const explanation = explain(ruleset, family)
  return { in: treeOf(ruleset, 'PREROUTING'), out: treeOf(ruleset, 'OUTPUT'), explanation }
}

const WAYS = [
  ['in', 'In', 'PREROUTING'],
  ['out', 'Out', 'OUTPUT'],
] as const

/** A policy for the terminal: its sentences, and the tree of its chains. */
export function formatPolicy(policy: Policy, paint: Paint): string {
  const sections = WAYS.map(([way, title]) => {
    const lines = sentencesOf(policy.explanation[way]).flatMap(item)
    return [paint.bold(`${title} (first match wins):`), ...lines, ''].join('\n')
  })
  const dead = new Set((policy.explanation.neverMatching ?? []).map(({ chain, at }) => `${chain} ${at}`))
  const trees = WAYS.map(([way, , hook]) =>
    [paint.bold(hook), ...tree(policy[way], hook, '', new Set(), dead), ''].join('\n'),
  )
  return [...sections, ...trees].join('\n')
}

/** The sentences of a policy, with a last one for what no other names, if there is anything. */
export function sentencesOf(policy: Statements | undefined): string[] {
  if (policy === undefined) return ['The rules tell too many connections apart to list them all: explain one of them.']
  const { statements, namesAll } = policy
  if (statements.length === 0) return ['Everything bypasses the proxy.']
  const rest = namesAll ? [] : ['Anything else bypasses the proxy.']
  return [...statements.map(({ text }) => printable(text)), ...rest]
}

function tree(all: Branch[], chain: string, margin: string, seen: Set<string>, dead: Set<string>): string[] {
  const branches = all.filter(({ isImplied }) => !isImplied)
  return branches.flatMap((branch, at) => {
    const isLast = at === branches.length - 1
    const isSeen = seen.has(branch.target)
    const isDead = branch.rules.every((at) => dead.has(`${chain} ${at}`))
    const below = margin + (isLast ? '   ' : '│  ')
    const [first = '', ...more] = wrap(
      `${phrase(branch)} → ${label(branch)}${isDead ? ' (never matches)' : isSeen ? ' (see above)' : ''}`,
      margin.length + 3,
    )
    const lines = [
      `${margin}${isLast ? '└─ ' : '├─ '}${first.slice(below.length)}`,
      ...more.map((line) => below + line.slice(below.length)),
    ]
    if (isSeen || branch.branches.length === 0) return lines
    seen.add(branch.target)
    return [...lines, ...tree(branch.branches, branch.target, below, seen, dead)]
  })
}

/** A target in a word or two: its name, and where it sends what it gets. */
export function label({ target, end }: Branch): string {
  if (end?.kind === 'proxy') return printable(`${target} to port ${end.port}`)
  if (end?.kind === 'elsewhere') return printable(`${target} to ${end.to}`)
  return printable(target) || 'counted only'
}

/** What a group of rules matches, in words: `TCP to ports 80, 443`. */
export function phrase({ matches, ports }: Pick<Branch, 'matches' | 'ports'>): string {
  const protocol = matches.find(({ option }) => option === '-p')
  const name = protocol?.values[0]?.toUpperCase() ?? ''
  const what = protocol === undefined ? 'everything' : protocol.negated ? `all but ${name}` : name
  const to =
    ports === null ? [] : [`to port${/[,:]/.test(ports.join()) ? 's' : ''} ${ports.join(', ').replaceAll(':', '-')}`]
  const rest = ORDER.flatMap((option) => matches.filter((each) => each.option === option).map(describe))
  const others = matches.filter(({ option }) => option !== '-p' && !ORDER.includes(option)).map(describe)
  return printable([what, [...to, ...rest, ...others].join(', ')].join(' ').trimEnd())
}

/** In the order in which they are said. */
const PHRASES: Record<string, string> = {
  '--uid-owner': 'of uid',
  '--gid-owner': 'of gid',
  '-i': 'in by',
  '-o': 'out by',
  '-s': 'from',
  '--sport': 'from port',
  '-d': 'to',
}

const ORDER = Object.keys(PHRASES)

function describe({ match, option, values, negated }: Match): string {
  const not = negated ? 'not ' : ''
  const value = values.join(' ').replace(/\/(32|128)$/, '')
  if (option === '--dst-type' && value === 'LOCAL') return `${not}to an address of this machine`
  const words = Object.hasOwn(PHRASES, option) ? PHRASES[option] : undefined
  if (words) return `${not}${words} ${value}`
  return `with ${negated ? '! ' : ''}${option === '-m' ? `-m ${match}` : `${option} ${value}`}`.trimEnd()
}
