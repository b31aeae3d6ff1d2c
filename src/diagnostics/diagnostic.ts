import { printable, quote } from '../system/text'

/** Codes of warnings: they stay, for `--allow` and for programs. */
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

/** One line: `error: --inbound-ports: "80a" is not a port. Use a number from 1 to 65535.` */
export function lineOf({ severity, code, ...rest }: Diagnostic): string {
  return printable(`${severity}: ${sentencesOf(rest)}${code ? ` [${code}]` : ''}`)
}

const sentence = (text: string) => (/[.?!]$/.test(text) ? text : `${text}.`)
