import { failureOf } from '../netfilter/failure'
import type { Namespace } from '../netfilter/namespace'
import type { Check } from './check'
import { failedCheck, guarded } from './check'

/** The network namespace that is meant, when it can be entered, and a line on that when it is not our own. */
export interface Entered {
  namespace: Namespace | undefined
  checks: Check[]
}

/**
 * Enters the network namespace once, so that what can go wrong there is said once.
 *
 * @param path undefined for our own
 * @param nsenter where the tool is; undefined when there is none
 */
export async function enter(
  path: string | undefined,
  nsenter: string | undefined,
  open: () => Namespace,
): Promise<Entered> {
  if (path === undefined) return { namespace: open(), checks: [] }
  if (nsenter === undefined) {
    const text = 'there is no nsenter, which --netns and --pid need'
    return {
      namespace: undefined,
      checks: [{ state: 'fault', name: 'tools', text, remedy: 'Install the package util-linux' }],
    }
  }
  let namespace: Namespace | undefined
  const checks = await guarded('namespace', async () => {
    const opened = open()
    const ended = await opened.run('true', [])
    if (ended.status !== 0) return [failedCheck('namespace', '', failureOf(nsenter, ended))]
    namespace = opened
    return [{ state: 'ok', name: 'namespace', text: `${path} can be entered` }]
  })
  return { namespace, checks }
}
