import type { OptionInput } from '../options/input'
import { suggestion } from './suggestion'

/** A value that cannot be used: what was given, by which option or variable, and what to give instead. */
export interface OptionError {
  /** The option or environment variable by which the value came. */
  option: string
  value: string
  /** What is wrong and the way out, continuing a sentence that starts with the value. */
  problem: string
}

/** Names that stay, for `--allow` and for programs. */
export const WARNING_CODES = [
  'nothing-intercepted',
  'default-user',
  'exclude-without-all',
  'included-and-excluded',
  'no-effect',
  'duplicate',
  'host-bits',
  'never-matches',
  'loopback-redirected',
  'root-bypasses',
  'group-0-bypasses',
  'proxy-port-excluded',
  'ipv6-not-intercepted',
  'ssh-intercepted',
  'group-shared',
  'shadowed',
  'other-family',
  'isolate-recommended',
  'proxy-loops',
  'stray-return',
  'relative-path',
  'unknown-variable',
] as const
export type WarningCode = (typeof WARNING_CODES)[number]

/** Something that is probably not meant, under a name that stays. */
export interface Warning {
  name: WarningCode
  /** What happens, by which option, and what to do about it. */
  text: string
}

/** More than so many of a kind are of no use to a reader: a list that is faulty all through has a million. */
const MOST = 100

/** Collects what is said of the values, so that all faulty ones are reported at once: the first 100, and as many of each warning. */
export class Report {
  readonly faults: OptionError[] = []
  readonly warnings: Warning[] = []
  /** What is worth knowing and no reason to stop, not even with `--strict`. */
  readonly notes: string[] = []
  /** Whether something was left out. */
  isCut = false
  private readonly counts = new Map<WarningCode, number>()

  fault(option: string, value: string, problem: string): void {
    if (this.faults.length < MOST) this.faults.push({ option, value, problem })
    else this.isCut = true
  }

  warn(name: WarningCode, text: string): void {
    const count = this.counts.get(name) ?? 0
    if (count < MOST) this.warnings.push({ name, text })
    else this.isCut = true
    this.counts.set(name, count + 1)
  }

  /** Makes faults of the warnings that are not among the accepted ones, when they are to be. */
  strict({ name, values }: OptionInput, isStrict: boolean): void {
    const accepted = values
      .flatMap((value) => value.split(','))
      .map((each) => each.trim())
      .filter(Boolean)
    for (const each of accepted)
      if (!WARNING_CODES.some((hazard) => hazard === each))
        this.fault(
          name,
          each,
          `is no warning${suggestion(each, [...WARNING_CODES])}: there are ${WARNING_CODES.join(', ')}`,
        )
    if (!isStrict) return
    for (const warning of this.warnings.filter((each) => !accepted.includes(each.name)))
      this.fault('--strict', warning.name, `is a warning: ${warning.text}; --allow ${warning.name} accepts it`)
  }
}
