import type { Ruleset } from '../ruleset/ruleset'
import { allOf } from '../system/text'
import type { Connection } from '../trace/connection'
import type { Verdict } from '../trace/trace'
import { analyze } from './analyze'
import { outcomeParts } from './compile'
import { decide } from './decide'
import { TooComplex } from './diagrams'
import { describeOutcomes } from './sentence'

/**
 * The verdict of a trace, or where that met a rule of which it could not tell whether it matches, what follows all the same: such a
 * rule may make no difference. What does is named, with what happens for each.
 */
export function settled(verdict: Verdict, ruleset: Ruleset, connection: Connection): Verdict {
  const { way, family } = connection
  if (verdict.verdict !== 'unknown' || ruleset.unseen?.[way] !== undefined) return verdict
  try {
    const analysis = analyze([ruleset], way === 'in' ? 'PREROUTING' : 'OUTPUT', family)
    const { outcomes, dependsOn, cases } = decide(analysis, 0, connection)
    if (dependsOn.length > 0)
      return { verdict: 'unknown', why: `it depends on ${allOf(dependsOn)}. ${cases.join(' ')}`.trimEnd() }
    const [outcome = ''] = outcomes
    if (outcomes.length > 1) return { verdict: 'unknown', why: `it ${describeOutcomes(outcomes)}` }
    return verdictOf(outcome, connection) ?? verdict
  } catch (error) {
    if (error instanceof TooComplex) return verdict
    throw error
  }
}

/** An outcome of the engine as a verdict; undefined for one that is not known. */
function verdictOf(outcome: string, { to }: Connection): Verdict | undefined {
  const [kind, value] = outcomeParts(outcome)
  if (kind === 'accept') return { verdict: 'untouched' }
  if (kind === 'proxy') return /^\d+$/.test(value) ? { verdict: 'intercepted', port: Number(value) } : undefined
  if (kind === 'to') return { verdict: 'elsewhere', to: value === ':' ? `:${to.port}` : value }
  return undefined
}
