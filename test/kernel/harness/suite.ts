import { suite } from 'uvu'
import type { Agent } from './agent'
import { inLab, type Lab } from './lab'
import { missing, missingTools } from './needs'
import { BACKENDS, type Backend } from './tools'

/** Registers every test once for each agent and backend; where the kernel cannot be tested, or a tool is missing, as skipped. */
export function kernelSuite(agents: Agent[], backends: Backend[] = BACKENDS, tools: string[] = []) {
  const test = suite()
  const register = (title: string, backend: Backend, body: () => Promise<unknown>) => {
    const lack = missing(backend) ?? missingTools(tools)
    if (!lack) test(title, async () => void (await body()))
    else if (process.env.CI !== 'true') test.skip(title)
    else
      test(title, () => {
        throw new Error(`with CI=true nothing may be skipped: ${lack.reason}; ${lack.command}`)
      })
  }
  const each = (title: string, body: (lab: Lab & { agent: Agent }) => Promise<unknown>) => {
    for (const agent of agents)
      for (const backend of backends.filter((each) => agent.backends?.includes(each) ?? true))
        register(`${title} (${agent.name}, ${backend})`, backend, () =>
          inLab(backend, (lab) => body({ ...lab, agent })),
        )
  }
  return Object.assign(each, { run: () => test.run() })
}
