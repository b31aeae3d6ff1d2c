import { sentencesOf } from '../diagnostics/diagnostic'
import type { ShadowingRule } from '../engine/shadowing'
import { compare, type Difference } from '../ruleset/compare'
import type { Family } from '../ruleset/families'
import { hasManagedChains, isManagedChain, jumpsTo, warningsOfStrays } from '../ruleset/ownership'
import { byChain, type Ruleset, type Wanted } from '../ruleset/ruleset'
import { findShadowingRules } from './in-front'
import { liveLines, wantedLines } from './lines'

/** One thing that is wrong with the managed rules in a table. */
export interface Finding {
  kind: Difference['kind'] | 'emptied' | 'hook-missing' | 'hook-misplaced' | 'in-front' | 'other-backend'
  /** The rule or chain, as in `-A CHAIN …`, `-N CHAIN`. */
  line: string
  /** What it means, in a sentence that names the rule. */
  text: string
}

/** What was found in one table. */
export interface Checked {
  state: 'active' | 'differs' | 'absent'
  findings: Finding[]
  /** What may keep some of the traffic from the managed rules, by address, say, and perhaps is meant to. */
  notes: string[]
  /** Both sides as lines to compare: managed rules, and foreign rules that take all of what these are for. */
  wanted: string[]
  live: string[]
}

/**
 * Compares what is active with what is wanted, in content, count, order and position.
 *
 * @param tool the command of the table, as in `iptables`
 */
export function check(live: Ruleset, wanted: Wanted, family: Family, tool: string): Checked {
  const inFront = findShadowingRules(live, wanted, family)
  const taking = inFront.filter(({ ports }) => ports.length > 0)
  const lines = { wanted: wantedLines(wanted), live: liveLines(live, wanted, taking) }
  const unseen = reasonsOf(live)
  if (!hasManagedChains(live)) return { state: 'absent', findings: [], notes: unseen, ...lines }
  const findings = [
    ...differences(live, wanted),
    ...taking.map(({ rule: { line }, ports }): Finding => {
      return { kind: 'in-front', line, text: sentencesOf(shadowing(ports, line)) }
    }),
  ]
  const partly = inFront.filter(({ ports }) => ports.length === 0)
  return {
    state: findings.length === 0 ? 'active' : 'differs',
    findings,
    notes: [
      ...unseen,
      ...warningsOfStrays(live, wanted, tool).map(sentencesOf),
      ...partly.map(({ rule: { line } }) => shadowsPartly(line)),
    ],
    ...lines,
  }
}

/** The differences of two sets, those of an emptied or missing chain as one. */
function differences(live: Ruleset, wanted: Wanted): Finding[] {
  const rules = byChain(wanted)
  const gone = wanted.chains.filter((chain) => rules.has(chain) && (live.get(chain) ?? []).length === 0)
  const emptied = gone
    .filter((chain) => live.has(chain))
    .map((chain): Finding => ({ kind: 'emptied', line: `-F ${chain}`, text: `the chain ${chain} was emptied` }))
  const others = compare(live, wanted).filter(
    ({ kind, chain, rule }) => kind !== 'missing' || !rule || !gone.includes(chain),
  )
  return [...emptied, ...others.map((each) => finding(each, live))]
}

function finding({ kind, chain, rule }: Difference, live: Ruleset): Finding {
  if (!rule)
    return {
      kind,
      line: `-N ${chain}`,
      text: `the chain ${chain} is ${kind === 'missing' ? 'missing' : 'not wanted'}`,
    }
  const line = `-A ${chain} ${rule.canonical}`
  const target = (isManagedChain(chain) ? undefined : jumpsTo(rule)) ?? ''
  const place = JUMPS.get(target)
  if (place && kind === 'missing') {
    const hasJump = (live.get(place) ?? []).some((each) => jumpsTo(each) === target)
    if (hasJump) return { kind, line, text: `the jump to ${target} has another form than this: ${line}` }
    return { kind: 'hook-missing', line, text: `the jump to ${target} is missing, so that nothing reaches it: ${line}` }
  }
  if (place && place !== chain && kind === 'extra')
    return { kind: 'hook-misplaced', line, text: `a jump to ${target} is in the wrong chain: ${line}` }
  return { kind, line, text: `${MESSAGES[kind]}: ${line}` }
}

/** Managed chains that one built-in chain jumps to, and which. */
const JUMPS = new Map([
  ['APISIX_INBOUND', 'PREROUTING'],
  ['APISIX_OUTPUT', 'OUTPUT'],
])

const MESSAGES: Record<Difference['kind'], string> = {
  missing: 'a rule is missing',
  extra: 'a rule is not wanted',
  duplicate: 'a rule is there twice',
  misplaced: 'a rule is out of order',
}

/** What else may decide about connections than the rules of a table, each reason once. */
export const reasonsOf = ({ unseen }: Ruleset) =>
  [...new Set([unseen?.in, unseen?.out])].filter((each) => each !== undefined)

/** The note on a foreign rule in front of the managed ones that takes a part, by address, say. */
export const shadowsPartly = (line: string) => `a foreign rule in front may take some of the traffic: \`${line}\``

/** The warning about a foreign rule in front of the managed ones: what it takes, and the remedy. */
export const shadowing = (ports: Ports, line: string) => ({
  problem: `a foreign rule in front takes ${portsText(ports)}: \`${line}\``,
  remedy: 'Use --jump-position first to put the managed rules in front',
})

type Ports = ShadowingRule['ports']

/** Ports as a reader writes them: `port 80`, `ports 80, 8000-8010`. */
function portsText(ranges: Ports): string {
  const [[first, last] = [0, 0]] = ranges
  if (ranges.length === 1 && first === 1 && last === 65535) return 'all of the traffic'
  const texts = ranges.slice(0, 5).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))
  const isMany = ranges.length > 1 || first < last
  return `port${isMany ? 's' : ''} ${[...texts, ...(ranges.length > 5 ? ['…'] : [])].join(', ')}`
}
