import { printable, quote } from '../system/text'

/** The codes of warnings and what each means: they stay, for `--allow` and for programs. */
export const WARNINGS = {
  'nothing-intercepted': 'the options redirect no port',
  'default-user': 'no proxy user is given, and `nobody` is assumed',
  'exclude-without-all': "ports are excluded, but the included ones are not `'*'`",
  'included-and-excluded': 'a port is included and excluded',
  'no-effect': 'an option has no effect without another one',
  duplicate: 'a list names an item more than once',
  'host-bits': 'a network has host bits',
  'never-matches': 'a rule never matches, because an earlier one matches all of it',
  'loopback-redirected': 'connections to a loopback address are redirected',
  'root-bypasses': 'uid 0 is the proxy, and bypasses it',
  'group-0-bypasses': 'gid 0 is the group of the proxy, and bypasses it',
  'proxy-port-excluded': 'the port that inbound traffic is redirected to is excluded',
  'ipv6-not-intercepted': 'the machine has global IPv6 addresses, and IPv6 is not redirected',
  'ssh-intercepted': 'the port of your SSH connection is redirected',
  'forwarded-redirected': 'connections that the machine forwards for a bridge are redirected as inbound traffic',
  'group-shared': 'other users share the group of the proxy, and bypass it',
  shadowed: 'a foreign rule in front takes all traffic of a port that is to be redirected',
  'other-family': 'the other address family has managed rules of other options',
  'isolate-recommended': 'managed RETURN rules hide some traffic from foreign rules behind them',
  'proxy-loops': 'the traffic of the process that listens on the port of the proxy is redirected back to it',
  'stray-return': 'a RETURN in OUTPUT may be foreign, and lets traffic bypass the proxy',
  'on-a-node': 'the network namespace is that of a Kubernetes node',
  'no-proxy-container': 'a pod has no container of the name that the proxy should have',
  'proxy-user-differs': 'the container of the proxy runs as another user than the rules are for',
  'container-bypasses': 'another container runs with the uid or gid of the proxy, and bypasses it',
  'probe-intercepted': 'a probe of Kubernetes connects to a port that is redirected',
  'relative-path': 'PATH has relative entries',
  'unknown-variable': 'an environment variable is almost that of an option',
}
export type WarningCode = keyof typeof WARNINGS
export const WARNING_CODES = Object.keys(WARNINGS) as WarningCode[]

/** What is wrong, or may surprise: text and JSON are views of it, and no code takes a text apart again. */
export interface Diagnostic {
  severity: 'error' | 'warning' | 'note'
  /** Of a warning. */
  code?: WarningCode
  /** The option or environment variable that it is about. */
  subject?: string
  /** What was given for it. */
  value?: string
  /** What is wrong. It continues a sentence that starts with the value, where there is one. */
  problem: string
  /** What to do about it: a sentence of its own, without its full stop. */
  remedy?: string
  /** The words of the tool that failed. */
  detail?: string
}

/** The sentences of a diagnostic, without its severity and code. */
export function sentencesOf({ subject, value, problem, remedy }: Omit<Diagnostic, 'severity'>): string {
  const about = [subject !== undefined && `${subject}:`, value !== undefined && quote(value)].filter(Boolean)
  return [...about, sentence(problem), ...(remedy ? [sentence(remedy)] : [])].join(' ')
}

/** The sentences and the code, in one line: `--inbound-ports: "80a" is not a port. Use a number from 1 to 65535.` */
export function textOf({ severity: _, code, ...rest }: Diagnostic): string {
  return printable(`${sentencesOf(rest)}${code ? ` [${code}]` : ''}`)
}

const sentence = (text: string) => (/[.?!]$/.test(text) ? text : `${text}.`)
