import { join } from 'node:path'
import { UserError } from '../diagnostics/user-error'
import type { Namespace } from '../netfilter/namespace'
import type { Nat } from '../netfilter/nat'
import type { Ruleset } from '../ruleset/ruleset'
import type { Connection } from '../trace/connection'
import type { Step } from '../trace/trace'

/** A rule whose counter moved while a connection was made. */
export interface Moved {
  chain: string
  /** From 1. */
  number: number
  spec: string
  packets: number
}

/** What came of a connection that was made for real. */
export interface Probed {
  /** `connected`, or the name of the error. */
  answer: string
  ruleset: Ruleset
  moved: Moved[]
}

/**
 * Makes the connection, as its owner, and tells by the counters before and after which rules the kernel matched (facts 19).
 *
 * The proxy's port is not touched, so that this works while it runs; its own traffic is counted too. Throws a UserError when
 * nobody may connect as that owner, or when somebody changes the rules meanwhile.
 */
export async function probe(nat: Nat, { run }: Namespace, { to, uid, gid }: Connection): Promise<Probed> {
  const before = await nat.count()
  const ended = await run(process.execPath, [
    join(__dirname, 'connect.cjs'),
    `${to.address}`,
    `${to.port}`,
    `${uid}`,
    `${gid}`,
  ])
  if (ended.status !== 0)
    throw new UserError(`--probe: no connection can be made as uid ${uid}, gid ${gid}`, {
      remedy: 'Run it as root, or as that user',
      detail: ended.stderr,
    })
  const after = await nat.count()
  const moved: Moved[] = []
  for (const [chain, rules] of after.ruleset)
    for (const [at, { text }] of rules.entries()) {
      if (before.ruleset.get(chain)?.[at]?.text !== text)
        throw new UserError('--probe: another program changed the rules meanwhile', { remedy: 'Retry' })
      const packets = (after.packets.get(chain)?.[at] ?? 0) - (before.packets.get(chain)?.[at] ?? 0)
      if (packets !== 0) moved.push({ chain, number: at + 1, spec: text, packets })
    }
  return { answer: ended.stdout, ruleset: after.ruleset, moved }
}

/** How the counters and a trace go together. */
export interface Agreement {
  /** Whether the kernel asked any rule: without a route it does not. */
  wasAsked: boolean
  /**
   * Whether every rule that the trace matched counted a packet, and no other rule that it met counted just one; undefined when
   * none was asked, or the trace cannot tell.
   */
  agrees: boolean | undefined
  /** Rules that counted what this connection does not account for: other traffic. */
  others: Moved[]
}

export function agreement(steps: Step[], { answer, moved, ruleset }: Probed): Agreement {
  const isAt =
    ({ chain, number }: Step) =>
    (each: Moved) =>
      each.chain === chain && each.number === number
  const countOf = (step: Step) => moved.find(isAt(step))?.packets ?? 0
  const further = reachableFrom(ruleset, ['INPUT', 'POSTROUTING'])
  const isAccountedFor = (each: Moved) =>
    each.packets === 1 && (further.has(each.chain) || steps.some((step) => step.matched !== false && isAt(step)(each)))
  const wasAsked = !/^E(NET|HOST)UNREACH$/.test(answer) || moved.length > 0
  const isKnown = wasAsked && steps.every(({ matched }) => matched !== undefined)
  const isBorneOut = (step: Step) => (step.matched ? countOf(step) > 0 : countOf(step) !== 1)
  return {
    wasAsked,
    agrees: isKnown ? steps.every(isBorneOut) : undefined,
    others: moved.filter((each) => !isAccountedFor(each)),
  }
}

/** The chains that a packet may meet from some on: what it does after OUTPUT is no part of a trace. */
function reachableFrom(ruleset: Ruleset, chains: string[], seen = new Set<string>()): Set<string> {
  for (const chain of chains.filter((each) => ruleset.has(each) && !seen.has(each)))
    reachableFrom(
      ruleset,
      (ruleset.get(chain) ?? []).map(({ target }) => target),
      seen.add(chain),
    )
  return seen
}
