/** Targets after which the trace goes on at the next rule; a rule without a target only counts. */
const PASSING = /^(?:|LOG|NFLOG|ULOG|MARK|CONNMARK|CONNSECMARK|SECMARK|TRACE|AUDIT|SET|LED)$/

export function isPassingTarget(target: string): boolean {
  return PASSING.test(target)
}
