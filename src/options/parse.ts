import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from './input'
import { type Lookup, readInterfaces, readNames } from './lists'
import { readNetworks } from './networks'
import { readOwnerList, readOwners, readPortsForUsers } from './owners'
import { readPort, readPorts } from './ports'
import { type CommandName, choicesOf, type Kind, OPTIONS, type OptionName, type Row } from './table'
import { readBoolean, readChoice, readDuration, readMode, single } from './values'

/** Kinds of values that say all by themselves. */
const PLAIN = {
  boolean: readBoolean,
  duration: readDuration,
  endpoint: single,
  file: single,
  image: single,
  interface: single,
  mode: readMode,
  names: readNames,
  path: single,
  pid: single,
  port: readPort,
  text: single,
}

/** Kinds whose names are looked up, or whose items may stand in files. */
const LOOKED_UP = {
  groups: (given: OptionInput, lookup: Lookup, diagnostics: Diagnostics) =>
    readOwnerList(given, 'group', lookup, diagnostics),
  interfaces: readInterfaces,
  networks: readNetworks,
  owners: readOwners,
  ports: readPorts,
  'user-ports': readPortsForUsers,
  users: (given: OptionInput, lookup: Lookup, diagnostics: Diagnostics) =>
    readOwnerList(given, 'user', lookup, diagnostics),
}

type Parsers = typeof PLAIN & typeof LOOKED_UP

type Table = typeof OPTIONS
type ChoiceOf<Choices> = Choices extends readonly (infer Word)[]
  ? Word
  : Choices extends Record<string, readonly (infer Word)[]>
    ? Word
    : never
type Parsed<R extends Row> = R['kind'] extends keyof Parsers ? ReturnType<Parsers[R['kind']]> : ChoiceOf<R['choices']>

/** The value of an option, by its row: what has a default, or is a choice, always has one. */
export type ValueOf<Name extends OptionName> = Table[Name] extends { default: string }
  ? NonNullable<Parsed<Table[Name]>>
  : Parsed<Table[Name]>

/** A value, and the name under which it was given: the flag's or the environment variable's. */
export interface Given<Value> {
  name: string
  isGiven: boolean
  value: Value
}

/** Options by name, each as a value. */
export type Values<Names extends OptionName> = { [Name in Names]: Given<ValueOf<Name>> }

/** The options that need no lookup. */
export type PlainOption = {
  [Name in OptionName]: Table[Name]['kind'] extends keyof typeof LOOKED_UP ? never : Name
}[OptionName]

export const isPlain = (name: OptionName): name is PlainOption => !(OPTIONS[name].kind in LOOKED_UP)

/**
 * What was given for some options as values. What is wrong goes into `diagnostics`: the values hold only without errors.
 *
 * @param command whose words a choice has
 * @param lookup may be missing when all of the options are plain
 */
export function parseOptions<Names extends OptionName>(
  names: readonly Names[],
  inputOf: (name: Names) => OptionInput,
  { command, lookup }: { command: CommandName; lookup?: Lookup },
  diagnostics: Diagnostics,
): Values<Names> {
  const parsed = names.map((name) => {
    const { kind, default: byDefault }: Row = OPTIONS[name]
    const words = choicesOf(name, command)
    const parse = (given: OptionInput) =>
      kind === 'choice' ? readChoice(given, words, diagnostics) : parseKind(kind, given, lookup, diagnostics)
    const input = inputOf(name)
    const given = parse(input)
    const value = given ?? (byDefault === undefined ? words[0] : parse({ ...input, values: [byDefault] }))
    return [name, { name: input.name, isGiven: input.values.length > 0 && given !== undefined, value }]
  })
  return Object.fromEntries(parsed)
}

function parseKind(
  kind: Exclude<Kind, 'choice'>,
  given: OptionInput,
  lookup: Lookup | undefined,
  diagnostics: Diagnostics,
): unknown {
  if (isPlainKind(kind)) return PLAIN[kind](given, diagnostics)
  if (lookup) return LOOKED_UP[kind](given, lookup, diagnostics)
  throw new Error(`${given.name} needs a lookup`)
}

const isPlainKind = (kind: Kind): kind is keyof typeof PLAIN => kind in PLAIN
