import { describeOutcomes } from '../engine/sentence'
import { printable } from '../system/text'
import type { Branch } from '../trace/tree'
import { label, type Policy, phrase } from './policy'

/**
 * Policies under their names as one Mermaid flowchart, which GitHub shows as a picture: one box for each outcome, or with
 * `hasRules` one for each chain, with the rules in between.
 */
export function formatMermaid(policies: [name: string, policy: Policy][], hasRules: boolean): string {
  const ids = new Map<string, string>()
  const groups = policies.map(([name, policy]) => {
    const lines = (hasRules ? drawRules : drawOutcomes)(policy, (node) => {
      const id = ids.get(`${name} ${node}`) ?? `n${ids.size}`
      ids.set(`${name} ${node}`, id)
      return id
    })
    return policies.length > 1 ? [`subgraph ${name}`, ...lines, 'end'] : lines
  })
  return `${['flowchart LR', ...groups.flat().map((line) => `  ${line}`)].join('\n')}\n`
}

/** The nodes, and the edges numbered as they are visited, where neighbours of a kind are one; each chain once, however many jump to it. */
function drawRules(policy: Policy, idOf: (node: string) => string): string[] {
  const nodes = new Set<string>()
  const edges: string[] = []
  const seen = new Set<string>()
  visit('PREROUTING', policy.in)
  visit('OUTPUT', policy.out)
  return [...[...nodes].map((node) => idOf(node) + node), ...edges]

  function visit(chain: string, branches: Branch[]): void {
    if (seen.has(chain)) return
    seen.add(chain)
    for (const [at, branch] of branches.filter(({ isImplied }) => !isImplied).entries()) {
      const isChain = branch.branches.length > 0
      const from = box(chain)
      const to = isChain
        ? box(branch.target)
        : round(branch.end?.kind === 'left' ? 'bypasses the proxy' : label(branch))
      nodes.add(from).add(to)
      edges.push(`${idOf(from)} -->|"${at + 1}. ${text(phrase(branch))}"| ${idOf(to)}`)
      if (isChain) visit(branch.target, branch.branches)
    }
  }
}

/** An edge for each sentence, numbered in the order in which they are asked, and one for all other connections. */
function drawOutcomes({ explanation }: Policy, idOf: (node: string) => string): string[] {
  const nodes = new Set<string>()
  const edges: string[] = []
  for (const [way, name] of [
    ['in', 'incoming'],
    ['out', 'outgoing'],
  ] as const) {
    const { statements, namesAll } = explanation[way] ?? { statements: [], namesAll: false }
    const rest = { connections: statements.length > 0 ? 'anything else' : 'anything', outcomes: ['accept'] }
    for (const [at, { connections, outcomes }] of [...statements, ...(namesAll ? [] : [rest])].entries()) {
      const [from, to] = [box(name), round(describeOutcomes(outcomes))]
      nodes.add(from).add(to)
      edges.push(`${idOf(from)} -->|"${at + 1}. ${text(connections)}"| ${idOf(to)}`)
    }
  }
  return [...[...nodes].map((node) => idOf(node) + node), ...edges]
}

const box = (chain: string) => `["${text(chain)}"]`
const round = (target: string) => `(["${text(target)}"])`

/** Mermaid reads entities in quoted text. */
const text = (plain: string) => printable(plain).replace(/[#"<>|`]/g, (char) => `#${char.codePointAt(0)};`)
