import { canonical } from '../ruleset/canonical'
import { inForce } from '../ruleset/in-force'
import { jumpsTo, ourRules } from '../ruleset/ours'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import { type Branch, policyOf, portsApart } from '../walk/policy'
import { type Condition, parseRule } from '../walk/rule'
import { isPassingTarget } from '../walk/targets'

/** A rule of others that stands in front of ours and takes what ours are there for. */
export interface InFront {
  chain: string
  /** Its position in the chain, from 0. */
  at: number
  spec: string
  /** The ports of which it takes all traffic, in rising order; empty when it takes some of it, by address, say. */
  ports: number[]
}

/** One byte for each port: 1 for those that are meant. */
type Ports = Uint8Array
const PORTS = 65536

const MOST_CHAINS = 2_000
const DEEPEST = 500

/** The rules of others in PREROUTING and OUTPUT that keep traffic from ours, behind them. */
export function rulesInFront(live: Ruleset, wanted: Wanted): InFront[] {
  const table = inForce(wanted)
  return ['PREROUTING', 'OUTPUT'].flatMap((chain) => {
    const specs = live.get(chain) ?? []
    const ours = ourRules(live, wanted, chain)
    const last = specs.findLastIndex((spec, at) => ours.has(at) && jumpsTo(spec))
    const front = specs.slice(0, Math.max(0, last))
    if (front.every((_, at) => ours.has(at))) return []
    const open = interceptedPorts(policyOf(table, chain))
    const own = new Set(table.get(chain))
    return front.flatMap((spec, at) => {
      if (ours.has(at)) {
        if (jumpsTo(spec)) close(open, among(portsApart(parseRule(spec))[0], open))
        return []
      }
      if (own.has(canonical(spec))) return []
      const takes = takesOf([spec], chain, open, true, live, [], { left: MOST_CHAINS })
      if (takes.length === 0) return []
      const ports = [...new Set(takes.flat())].sort((one, other) => one - other)
      close(open, ports)
      return [{ chain, at, spec, ports }]
    })
  })
}

/** What some rules take of the ports that reach them: an empty list stands for a part of the traffic. */
function takesOf(
  specs: string[],
  chain: string,
  reach: Ports,
  isCertain: boolean,
  live: Ruleset,
  above: string[],
  budget: { left: number },
): number[][] {
  const takes: number[][] = []
  const left = isCertain ? reach.slice() : reach
  // Until some of the traffic may have gone back to the caller.
  let isWhole = isCertain
  const portOfRule = portsOf(specs)
  for (let at = 0; at < specs.length; at++) {
    const spec = specs[at] as string
    const port = portOfRule[at]
    // For one port that nobody waits for.
    if (port && !left[port]) continue
    if (takes.length > 0 && PARTIAL.test(spec)) continue
    const rule = parseRule(spec)
    const [ports, others] = portsApart(rule)
    const isSure = isWhole && others.every(isTcp)
    const isBack = rule.isGoto || (rule.target === 'RETURN' && above.length > 0)
    if (isPassingTarget(rule.target) || others.some(isOtherProtocol)) continue
    if (!isSure && takes.length > 0 && !isBack) continue
    const met = among(ports, left)
    if (met.length === 0) continue
    const below = above.includes(rule.target) ? undefined : live.get(rule.target)
    // Chains that jump to each other too often or too deep may take anything.
    if (below && (above.length > DEEPEST || budget.left-- <= 0)) return [...takes, []]
    if (below) {
      const inside = takesOf(below, rule.target, isSure ? only(met) : left, isSure, live, [...above, chain], budget)
      takes.push(...inside)
      close(left, isSure ? inside.flat() : [])
    }
    // What goes to a chain is not asked here any more; from a built-in chain it never comes back.
    if ((!below && !isBack) || (rule.isGoto && above.length === 0)) takes.push(isSure ? among(ports, left) : [])
    if (below && !rule.isGoto) continue
    if (isSure) close(left, met)
    else if (isBack) isWhole = false
  }
  return takes
}

const PORT = ' --dport '
const known = new WeakMap<string[], Uint16Array>()

/** For each rule of a chain the one port that it is for, or 0. Seen once, without taking 50,000 rules of others apart. */
function portsOf(specs: string[]): Uint16Array {
  const ports = known.get(specs) ?? Uint16Array.from(specs, portOf)
  known.set(specs, ports)
  return ports
}

function portOf(spec: string): number {
  // Behind the last quote nothing is part of a comment, which may say anything.
  const at = spec.indexOf(PORT, spec.lastIndexOf('"') + 1)
  if (at <= 0 || spec[at - 1] === '!') return 0
  const end = spec.indexOf(' ', at + PORT.length)
  const port = Number(spec.slice(at + PORT.length, end < 0 ? undefined : end))
  return port < PORTS ? port : 0
}

/** A rule for a part of the traffic, by address or interface, that neither returns nor goes away. */
const PARTIAL = /^(?:! )?-[sdio] (?!.* (?:-j RETURN|-g ))/

/** The ports that the wanted rules of a chain send to the proxy, at least for some traffic. */
function interceptedPorts(branches: Branch[]): Ports {
  const open = new Uint8Array(PORTS)
  const decided = new Uint8Array(PORTS)
  const visit = (branch: Branch, above: string[] | null) => {
    const ports = branch.ports ?? above
    for (const each of branch.branches) visit(each, ports)
    const isAll = branch.conditions.every(isTcp)
    for (const [first, last] of rangesOf(ports))
      for (let port = first; branch.end && port <= last; port++) {
        if (branch.end.kind === 'left' && isAll) decided[port] = 1
        if (branch.end.kind === 'proxy' && !decided[port]) open[port] = 1
      }
  }
  for (const branch of branches) visit(branch, null)
  return open
}

/** The ports of a rule, as in `80` and `8000:8010`, null for all, as far as they are among others. */
function among(ports: string[] | null, others: Ports): number[] {
  const found: number[] = []
  for (const [first, last] of rangesOf(ports))
    for (let port = first; port <= last; port++) if (others[port]) found.push(port)
  return found
}

const rangesOf = (ports: string[] | null) =>
  (ports ?? ['1:65535']).map((range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return [first, last] as const
  })

function only(ports: number[]): Ports {
  const one = new Uint8Array(PORTS)
  for (const port of ports) one[port] = 1
  return one
}

function close(open: Ports, ports: number[]): void {
  for (const port of ports) open[port] = 0
}

const isTcp = ({ option, values, negated }: Condition) => option === '-p' && values[0] === 'tcp' && !negated
const isOtherProtocol = ({ option, values, negated }: Condition) => option === '-p' && (values[0] === 'tcp') === negated
