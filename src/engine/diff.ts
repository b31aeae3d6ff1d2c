import type { Connection } from '../trace/connection'
import type { Analysis, Analyzed } from './analyze'
import { simpleBoxes } from './boxes'
import type { Diagram } from './diagrams'
import type { Logic } from './logic'
import { describeBox } from './sentence'
import { witnessOf } from './witness'

/** Connections that two rulesets treat differently. */
export interface Difference {
  way: 'in' | 'out'
  connections: string
  /** What becomes of them by the one and the other: several outcomes where chance decides. */
  before: string[]
  after: string[]
  /** One of them; undefined where facts decide that a connection does not show. */
  witness: Connection | undefined
  /** The less, the more dangerous: 0 for what was redirected and bypasses the proxy now. */
  danger: number
}

export interface Differences {
  differences: Difference[]
  /** Whether there are more than are listed. */
  isCut: boolean
}

const MAX_DIFFERENCES = 500

/** Everything that two rulesets do differently at a hook, the most dangerous first; empty exactly when they do the same. */
export function diff(analysis: Analysis): Differences {
  const { logic } = analysis
  const [{ root: one }, { root: other }] = analysis.rulesets as [Analyzed, Analyzed]
  const pairs = pairsOf(logic, one, other).sort((a, b) => dangerOf(logic, a) - dangerOf(logic, b))
  const differences: Difference[] = []
  let isCut = false
  for (const [before, after] of pairs) {
    const left = MAX_DIFFERENCES - differences.length
    const set = logic.both(one, before, other, after)
    const boxes = left > 0 ? simpleBoxes(analysis, set, left) : undefined
    if (boxes === undefined) isCut = true
    for (const box of boxes ?? [])
      differences.push({
        way: analysis.hook === 'PREROUTING' ? 'in' : 'out',
        connections: describeBox(box, analysis),
        before: logic.outcomesAt(before),
        after: logic.outcomesAt(after),
        witness: witnessOf(box, analysis),
        danger: dangerOf(logic, [before, after]),
      })
  }
  return { differences, isCut }
}

/** The pairs of leaves that one connection meets in two diagrams, where they differ. */
function pairsOf(logic: Logic, one: Diagram, other: Diagram): [Diagram, Diagram][] {
  const found = new Map<string, [Diagram, Diagram]>()
  logic.whereDifferent(one, other, (before, after) => {
    found.set(`${before} ${after}`, [before, after])
    return false
  })
  return [...found.values()]
}

const isRedirected = (outcome: string) => /^(?:proxy:|to::)/.test(outcome)

/** First what was redirected and bypasses the proxy now, then what goes elsewhere than before, then what is redirected newly. */
function dangerOf(logic: Logic, [before, after]: [Diagram, Diagram]): number {
  const [was, is] = [logic.outcomesAt(before), logic.outcomesAt(after)]
  if (was.some(isRedirected) && !is.some(isRedirected)) return is.includes('accept') ? 0 : 1
  if (was.includes('accept') && is.some(isRedirected)) return 3
  return 2
}
