import { type Diagnostic, sentencesOf, WARNING_CODES, type WarningCode } from './diagnostic'
import { suggestion } from './suggestion'

/** An error about an option or an environment variable, and the value that was given for it, if any. */
export type OptionError = Diagnostic & { subject: string }
export type Warning = Diagnostic & { code: WarningCode }

/** More than so many of a kind are of no use to a reader: a list that is wrong all through has a million. */
const MAX_OF_A_KIND = 100

/** Collects what is found, so that all errors are reported at once: the first 100, and as many of each warning. */
export class Diagnostics {
  readonly errors: OptionError[] = []
  readonly warnings: Warning[] = []
  /** What is worth knowing and no reason to stop, not even with `--strict`. */
  readonly notes: Diagnostic[] = []
  /** Whether something was left out. */
  isCut = false
  private readonly counts = new Map<WarningCode, number>()

  error(subject: string, value: string | undefined, problem: string, remedy?: string): void {
    const given = value === undefined ? {} : { value }
    if (this.errors.length < MAX_OF_A_KIND)
      this.errors.push({ severity: 'error', subject, ...given, problem, ...(remedy && { remedy }) })
    else this.isCut = true
  }

  warn(code: WarningCode, problem: string, remedy?: string): void {
    const count = this.counts.get(code) ?? 0
    if (count < MAX_OF_A_KIND) this.warnings.push({ severity: 'warning', code, problem, ...(remedy && { remedy }) })
    else this.isCut = true
    this.counts.set(code, count + 1)
  }

  note(problem: string, remedy?: string): void {
    this.notes.push({ severity: 'note', problem, ...(remedy && { remedy }) })
  }

  /** Makes errors of the warnings that are not among the accepted ones, when they are to be. */
  strict({ name, value: accepted }: { name: string; value: string[] }, isStrict: boolean): void {
    for (const each of accepted)
      if (!WARNING_CODES.some((code) => code === each))
        this.error(
          name,
          each,
          `is not a warning code${suggestion(each, [...WARNING_CODES])}`,
          `The codes are ${WARNING_CODES.join(', ')}`,
        )
    if (!isStrict) return
    for (const warning of this.warnings.filter(({ code }) => !accepted.includes(code)))
      this.error(
        '--strict',
        warning.code,
        `is a warning: ${sentencesOf(warning)}`,
        `Use --allow ${warning.code} to accept it`,
      )
  }
}
