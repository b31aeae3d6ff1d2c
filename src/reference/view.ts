import { WARNING_CODES } from '../diagnostics/diagnostic'
import { briefOf } from '../options/describe'
import { flagOf } from '../options/input'
import {
  COMMANDS,
  type CommandName,
  choicesOf,
  type Kind,
  OPTIONS,
  type Option,
  type OptionName,
  optionsOf,
} from '../options/table'

/** A command as completion and the man page show it. */
export interface CommandView {
  name: CommandName
  summary: string
  options: OptionView[]
}

export interface OptionView {
  flag: string
  /** Its letter, as in `o`; empty without one. */
  short: string
  /** What stands for its value; empty for a switch. */
  placeholder: string
  summary: string
  /** The words that it takes; none where the value is free. */
  words: readonly string[]
  /** Whether its value is a file or directory. */
  isFile: boolean
  /** Whether `@FILE` may stand in its value. */
  isList: boolean
}

const LISTS: Kind[] = ['groups', 'interfaces', 'networks', 'owners', 'ports', 'users']

/** Every command with its options, in the order of the help. */
export const commandViews = (): CommandView[] =>
  (Object.entries(COMMANDS) as [CommandName, string][]).map(([name, summary]) => ({
    name,
    summary: summary.replace(/\.$/, ''),
    options: optionsOf(name).map((option) => optionView(option, name)),
  }))

function optionView(name: OptionName, command: CommandName): OptionView {
  const { short = '', placeholder = '', kind }: Option = OPTIONS[name]
  return {
    flag: flagOf(name),
    short: short.replace('-', ''),
    placeholder,
    summary: briefOf(name),
    words: kind === 'names' ? WARNING_CODES : choicesOf(name, command),
    isFile: kind === 'file' || kind === 'path',
    isList: LISTS.includes(kind),
  }
}
