import { isManagedChain } from '../ruleset/ownership'
import { type Match, Rule } from '../ruleset/rule'
import type { Ruleset } from '../ruleset/ruleset'
import { destinationOf, isPassingTarget } from '../ruleset/targets'

/** Neighbouring rules of one chain that are alike but for their ports. */
export interface Branch {
  /** What the rules ask for besides ports. */
  matches: Match[]
  /** Their positions in the chain, from 0. */
  rules: number[]
  /** The ports that they are for, as in `80` and `8000:8010`; null for rules that name none. */
  ports: string[] | null
  target: string
  /** What becomes of what they match; undefined where the trace goes on: into a chain, or at the next rule. */
  end: End | undefined
  /** The rules of the chain that is jumped to; empty for a target. */
  branches: Branch[]
  /** Whether no rule says it: what a chain that was gone to (`-g`) has not decided goes back to the caller's caller (facts 35). */
  isImplied?: true
}

export type End =
  | { kind: 'proxy'; port: string }
  | { kind: 'elsewhere'; to: string }
  | { kind: 'left' }
  /** RETURN from a chain whose caller goes on to ask other rules. */
  | { kind: 'back' }
  | { kind: 'unknown' }

/** The rules of a chain as a tree, in their order, with those of the chains that they jump to below them. */
export function treeOf(ruleset: Ruleset, chain: string): Branch[] {
  return branchesOf(ruleset, chain, [], false, { left: MAX_BRANCHES })
}

/** Chains that jump to each other too often or too deep are not followed any further. */
const MAX_BRANCHES = 200_000
const MAX_DEPTH = 500

/** @param isFollowed whether rules of its callers are asked when the chain has not decided */
function branchesOf(
  ruleset: Ruleset,
  chain: string,
  above: string[],
  isFollowed: boolean,
  budget: { left: number },
): Branch[] {
  const branches: Branch[] = []
  let lastText = ''
  const rules = ruleset.get(chain) ?? []
  const isBack = isFollowed && above.length > 0
  for (const [at, rule] of rules.entries()) {
    const [ports, matches] = portsApart(rule)
    const last = branches.at(-1)
    const text = textOf(matches, rule)
    if (last?.ports && ports && text === lastText) {
      last.ports.push(...ports)
      last.rules.push(at)
      continue
    }
    lastText = text
    const isChain =
      ruleset.has(rule.target) &&
      rule.target !== chain &&
      !above.includes(rule.target) &&
      above.length < MAX_DEPTH &&
      budget.left-- > 0
    const goesOn = isFollowed || (at < rules.length - 1 && !rule.isGoto)
    branches.push({
      rules: [at],
      matches,
      ports,
      target: rule.target,
      end: isChain ? undefined : endOf(rule, chain, isBack),
      branches: isChain
        ? afterGoto(rule, chain, isBack, branchesOf(ruleset, rule.target, [...above, chain], goesOn, budget))
        : [],
    })
  }
  return branches
}

/** The branches of a chain, with what becomes of the rest after a goto: it returns as the rule's own chain would. */
function afterGoto({ isGoto }: Rule, chain: string, isBack: boolean, branches: Branch[]): Branch[] {
  const isWhole = branches.some(({ matches, ports, end }) => end && matches.length === 0 && ports === null)
  if (!isGoto || isWhole) return branches
  const back = new Rule(chain, '-j RETURN')
  const end = endOf(back, chain, isBack)
  return [...branches, { rules: [], matches: [], ports: null, target: back.target, end, branches: [], isImplied: true }]
}

function endOf({ target, options }: Rule, chain: string, isFollowed: boolean): End | undefined {
  if (isPassingTarget(target)) return undefined
  if (target === 'ACCEPT') return { kind: 'left' }
  if (target === 'RETURN') return { kind: isFollowed ? 'back' : 'left' }
  if (target === 'REDIRECT') {
    const port = options.get('--to-ports')
    if (port === undefined) return { kind: 'elsewhere', to: 'the same port of this machine' }
    return isManagedChain(chain) ? { kind: 'proxy', port } : { kind: 'elsewhere', to: `:${port}` }
  }
  const address = destinationOf({ target, options })
  return address === undefined ? { kind: 'unknown' } : { kind: 'elsewhere', to: address }
}

/** The destination ports of a rule, and its other matches, less those that ask for nothing. */
export function portsApart({ matches }: Rule): [ports: string[] | null, others: Match[]] {
  const named = matches.filter(({ option, negated }) => /^--dports?$/.test(option) && !negated)
  const [only] = named.length === 1 ? named : []
  const others = matches.filter((each) => each !== only && !asksNothing(each, matches))
  return [only?.values[0]?.split(',') ?? null, others]
}

/** A comment, and the name of a match beside its options. */
function asksNothing({ match, option }: Match, all: Match[]): boolean {
  if (option !== '-m') return match === 'comment'
  return /^(tcp|udp|comment)$/.test(match) || all.some((other) => other.match === match && other.option !== '-m')
}

const textOf = (matches: Match[], { target, isGoto, options }: Rule) =>
  JSON.stringify([matches, target, isGoto, [...options]])
