import type { Values } from '../options/parse'
import { type OptionName, ROWS, type OPTIONS as TABLE } from '../options/table'

/** An option that says what is redirected. */
export type InterceptionOption = {
  [Name in OptionName]: (typeof TABLE)[Name] extends { isInterception: true } ? Name : never
}[OptionName]

/** The options that say what is redirected, in the order of a printed command line. */
export const INTERCEPTION_OPTIONS = ROWS.filter(([, { isInterception }]) => isInterception).map(
  ([name]) => name as InterceptionOption,
)

const COMMAND_ONLY = ['inboundInterceptionMode', 'root'] as const
type CommandOnly = (typeof COMMAND_ONLY)[number]

/** Those that the library takes too: there is one mode, and a library looks nothing up. */
export const OPTIONS = INTERCEPTION_OPTIONS.filter(
  (name): name is Exclude<InterceptionOption, CommandOnly> => !COMMAND_ONLY.some((other) => other === name),
)

/** The values of them all. */
export type Options = Values<(typeof OPTIONS)[number]>
