import { createNamespace, type Namespace } from './namespace'
import { createSidecar, type Sidecar } from './sidecar'
import { type Backend, type Tools, toolsOf } from './tools'

/** What a test works with; everything made in it is gone when the test is over, passed or failed. */
export interface Lab {
  tools: Tools
  /** A new network namespace, with the tools of the backend, or with others. */
  namespace(tools?: Tools): Promise<Namespace>
  sidecar(tools?: Tools, proxy?: string): Promise<Sidecar>
  defer(end: () => unknown): void
}

export async function inLab(backend: Backend, work: (lab: Lab) => Promise<unknown>): Promise<void> {
  const ends: (() => unknown)[] = []
  const lab: Lab = {
    tools: toolsOf(backend),
    async namespace(tools = lab.tools) {
      const made = await createNamespace(tools)
      lab.defer(made.end)
      return made
    },
    sidecar: (tools, proxy) => createSidecar(lab, tools, proxy),
    defer: (end) => ends.unshift(end),
  }
  try {
    await work(lab)
  } finally {
    for (const end of ends) await end()
  }
}
