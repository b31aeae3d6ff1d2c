import { failureIn, NO_REASON, remedyOf } from '../diagnostics/tool-failures'
import { UserError } from '../diagnostics/user-error'
import type { Ended } from '../system/run'

/** Whether trying again can change nothing: its time is up, a signal ended it, or its words say what is missing. */
export function isFinal({ status, stderr }: Ended): boolean {
  return status === null || failureIn(stderr) !== undefined
}

const LINE = /line:? (\d+)/

/**
 * The error for a tool that failed: what that means, which line of the document it rejected, and what to do.
 *
 * @param tool its path
 * @param document what it was given to read
 */
export function failureOf(tool: string, { status, stderr, late, excess }: Ended, document = ''): UserError {
  if (late) return new UserError(`${tool} did not end in time and was stopped`, { remedy: 'Use a longer --timeout' })
  if (excess) return new UserError(`${tool} printed more than 64 MB and was stopped`)
  const line = document.split('\n')[Number(LINE.exec(stderr)?.[1]) - 1] ?? ''
  const rejected = /^[-:]/.test(line) ? `${tool} rejected \`${line}\`` : ''
  const failure = failureIn(stderr)
  if (failure) {
    const problem = `${failure.problem} (${rejected || tool})`
    return new UserError(problem, { remedy: remedyOf(failure), detail: stderr })
  }
  if (status === null) return new UserError(`${tool} was ended by a signal`, { detail: stderr })
  if (rejected) return new UserError(rejected, { remedy: NO_REASON, detail: stderr })
  return new UserError(`${tool} failed with status ${status}`, { detail: stderr })
}
