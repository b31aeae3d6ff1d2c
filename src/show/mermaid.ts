import type { Branch } from '../walk/policy'
import { phrase } from './phrase'
import { label, type Policy } from './policy'

/** A policy as a Mermaid flowchart, which GitHub shows as a picture: chains are boxes, targets are rounded. */
export function showMermaid(policies: Policy[]): string {
  const edges: string[] = []
  const ids = new Map<string, string>()
  const idOf = (node: string) => {
    const id = ids.get(node) ?? `n${ids.size}`
    ids.set(node, id)
    return id
  }
  for (const policy of policies)
    for (const [hook, branches] of [
      ['PREROUTING', policy.in],
      ['OUTPUT', policy.out],
    ] as const)
      draw(hook, branches, new Set())
  return `${['flowchart LR', ...[...ids].map(([node, id]) => `  ${id}${node}`), ...edges].join('\n')}\n`

  function draw(chain: string, branches: Branch[], seen: Set<string>): void {
    if (seen.has(chain)) return
    seen.add(chain)
    for (const [at, branch] of branches.entries()) {
      const isChain = branch.branches.length > 0
      const to = isChain
        ? box(branch.target)
        : `(["${text(branch.end?.kind === 'left' ? 'left alone' : label(branch))}"])`
      edges.push(`  ${idOf(box(chain))} -->|"${at + 1}. ${text(phrase(branch))}"| ${idOf(to)}`)
      if (isChain) draw(branch.target, branch.branches, seen)
    }
  }
}

const box = (chain: string) => `["${text(chain)}"]`

/** Mermaid reads entities in quoted text. */
const text = (plain: string) => plain.replace(/[#"<>|`]/g, (char) => `#${char.codePointAt(0)};`)
