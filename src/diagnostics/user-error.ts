import { type Diagnostic, sentencesOf } from './diagnostic'

/** Something that was not done, for a reason outside this program. */
export class UserError extends Error {
  override name = 'UserError'
  readonly diagnostic: Diagnostic
  /** What became of the rules, as a sentence without its full stop. Commands that change nothing do not print it. */
  readonly state: string | undefined

  /** @param more what to do about it, the words of the tool that failed, and what became of the rules */
  constructor(problem: string, { state, ...more }: { remedy?: string; detail?: string; state?: string } = {}) {
    super(sentencesOf({ problem, ...more }))
    this.diagnostic = { severity: 'error', problem, ...more }
    this.state = state
  }

  /** The same error, with what became of the rules. */
  withState(state: string): this {
    const { problem, remedy, detail } = this.diagnostic
    const Same = this.constructor as new (...args: ConstructorParameters<typeof UserError>) => this
    return new Same(problem, { ...(remedy && { remedy }), ...(detail && { detail }), state })
  }
}

/** For `UserError.state`. */
export const NOTHING_CHANGED = 'Nothing was changed'
