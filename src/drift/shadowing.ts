import { asSaved } from '../ruleset/as-saved'
import { canonical } from '../ruleset/canonical'
import { jumpsTo, managedRules } from '../ruleset/ownership'
import { inBoth } from '../ruleset/ranges'
import { type Match, parseRule } from '../ruleset/rule'
import type { Ruleset, Wanted } from '../ruleset/ruleset'
import type { Connection } from '../trace/connection'
import { evaluateMatch } from '../trace/matchers'
import { type Branch, policyOf, portsApart } from '../trace/policy'
import { isPassingTarget } from '../trace/targets'
import { allPorts, among, close, closeRanges, noPorts, only, type Ports, portsOf } from './port-set'

/** A foreign rule in front of the managed ones that takes what these are for. */
export interface ShadowingRule {
  chain: string
  /** Its position in the chain, from 0. */
  at: number
  spec: string
  /** The ports of which it takes all traffic, in rising order; empty when it takes some of it, by address, say. */
  ports: number[]
}

const MAX_CHAINS = 2_000
const MAX_DEPTH = 500

/** The foreign rules in PREROUTING and OUTPUT that keep traffic from the managed rules behind them. */
export function findShadowingRules(live: Ruleset, wanted: Wanted): ShadowingRule[] {
  const table = asSaved(wanted)
  return ['PREROUTING', 'OUTPUT'].flatMap((chain) => {
    const specs = live.get(chain) ?? []
    const managed = managedRules(live, wanted, chain)
    const last = specs.findLastIndex((spec, at) => managed.has(at) && jumpsTo(spec))
    const front = specs.slice(0, Math.max(0, last))
    if (front.every((_, at) => managed.has(at))) return []
    const open = interceptedPorts(policyOf(table, chain))
    const own = new Set(table.get(chain))
    return front.flatMap((spec, at) => {
      if (managed.has(at)) {
        if (jumpsTo(spec)) close(open, among(portsApart(parseRule(spec))[0], open))
        return []
      }
      if (own.has(canonical(spec))) return []
      const takes = capturedPorts([spec], chain, open, true, live, [], { left: MAX_CHAINS })
      if (takes.length === 0) return []
      const ports = [...new Set(takes.flat())].sort((one, other) => one - other)
      close(open, ports)
      return [{ chain, at, spec, ports }]
    })
  })
}

/** What some rules take of the ports that reach them: an empty list stands for a part of the traffic. */
function capturedPorts(
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
  const hook = above[0] ?? chain
  const packet = anyOf(hook, 0)
  for (let at = 0; at < specs.length; at++) {
    const spec = specs[at] as string
    const port = portOfRule[at]
    // For one port that nobody waits for.
    if (port && !left[port]) continue
    if (takes.length > 0 && PARTIAL.test(spec)) continue
    const rule = parseRule(spec)
    const [ports, others] = portsApart(rule)
    const matches = others.filter((each) => !isOfPort(each))
    const held = holdFor(matches, packet)
    const isBack = rule.isGoto || (rule.target === 'RETURN' && above.length > 0)
    if (isPassingTarget(rule.target) || held === 'none') continue
    // What takes all that is for this machine takes what matters; to give that back is not to give back all.
    const isForUs = () => hook === 'PREROUTING' && !isBack && holdFor(matches, { ...packet, isLocal: true }) === 'all'
    const isSure = isWhole && (held === 'all' || isForUs())
    if (!isSure && takes.length > 0 && !isBack) continue
    const met = butFor(others.filter(isOfPort), hook, among(ports, left))
    if (met.length === 0) continue
    const below = above.includes(rule.target) ? undefined : live.get(rule.target)
    // Chains that jump to each other too often or too deep may take anything.
    if (below && (above.length > MAX_DEPTH || budget.left-- <= 0)) return [...takes, []]
    if (below) {
      const inside = capturedPorts(
        below,
        rule.target,
        isSure ? only(met) : left,
        isSure,
        live,
        [...above, chain],
        budget,
      )
      takes.push(...inside)
      close(left, isSure ? inside.flat() : [])
    }
    // What goes to a chain is not asked here any more; from a built-in chain it never comes back.
    if ((!below && !isBack) || (rule.isGoto && above.length === 0)) takes.push(isSure ? met : [])
    if (below && !rule.isGoto) continue
    if (isSure) close(left, met)
    else if (isBack) isWhole = false
  }
  return takes
}

/** A rule for a part of the traffic, by address or interface, that neither returns nor goes away. */
const PARTIAL = /^(?:! )?-[sdio] (?!.* (?:-j RETURN|-g ))/

/** The ports that the wanted rules of a chain send to the proxy, at least for some traffic. */
function interceptedPorts(branches: Branch[]): Ports {
  const open = noPorts()
  const undecided = allPorts()
  const visit = (branch: Branch, above: string[] | null) => {
    const ports = inBoth(above, branch.ports)
    for (const each of branch.branches) visit(each, ports)
    const isAll = branch.matches.every(isTcp)
    if (branch.end?.kind === 'left' && isAll) closeRanges(undecided, ports)
    if (branch.end?.kind === 'proxy') for (const port of among(ports, undecided)) open[port] = 1
  }
  for (const branch of branches) visit(branch, null)
  return open
}

/** Whether matches hold for every connection that comes to a chain, for none, or for some. */
function holdFor(matches: Match[], connection: Connection): 'all' | 'none' | 'some' {
  const judged = matches.map((each) => evaluateMatch(each, connection).holds)
  if (judged.includes(false)) return 'none'
  return judged.includes(undefined) ? 'some' : 'all'
}

/** A connection that meets a built-in chain, of which nothing else is known. */
function anyOf(hook: string, port: number): Connection {
  const unknown = { from: undefined, interface: undefined, isLocal: undefined, uid: undefined, gid: undefined }
  return { ...unknown, way: hook === 'PREROUTING' ? 'in' : 'out', family: 'ipv4', to: { address: undefined, port } }
}

/** The ports for which matches hold, as in `! --dport 80`. */
function butFor(matches: Match[], hook: string, ports: number[]): number[] {
  return matches.length === 0 ? ports : ports.filter((port) => holdFor(matches, anyOf(hook, port)) === 'all')
}

const isOfPort = ({ option }: Match) => /^--dports?$/.test(option)
const isTcp = ({ option, values, negated }: Match) => option === '-p' && values[0] === 'tcp' && !negated
