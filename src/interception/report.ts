/** A value that cannot be used: what was given, by which option or variable, and what to give instead. */
export interface Fault {
  /** The option or environment variable by which the value came. */
  option: string
  value: string
  /** What is wrong and the way out, continuing a sentence that starts with the value. */
  problem: string
}

/** Something that is probably not meant, under a name that stays. */
export interface Warning {
  name: 'nothing-intercepted' | 'exclude-without-all' | 'duplicate'
  /** What happens, by which option, and what to do about it. */
  text: string
}

/** Collects what is said of the values, so that all faulty ones are reported at once. */
export class Report {
  readonly faults: Fault[] = []
  readonly warnings: Warning[] = []

  fault(option: string, value: string, problem: string): void {
    this.faults.push({ option, value, problem })
  }

  warn(name: Warning['name'], text: string): void {
    this.warnings.push({ name, text })
  }
}

const UNSEEN = /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** Text of a stranger in quotes, with everything that does not print, or could steer a terminal, as an escape. */
export function quote(value: string): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(value).replace(UNSEEN, escaped)
}
