import '../render/each'
import bashTemplate from '../../templates/completion-bash.hbs'
import fishTemplate from '../../templates/completion-fish.hbs'
import zshTemplate from '../../templates/completion-zsh.hbs'
import { type CommandView, commandViews, type OptionView } from './view'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

const TEMPLATES = { bash: bashTemplate, zsh: zshTemplate, fish: fishTemplate }

/** The completion of commands, options and their words, as a script for a shell. */
export function completion(shell: Shell): string {
  const commands = commandViews()
  const valued = commands.flatMap(({ options }) => options).filter(({ placeholder }) => placeholder !== '')
  return TEMPLATES[shell]({
    commands: commands.map(commandView),
    /** Patterns of `case` for `COMMAND:OPTION`: options whose values are files, and those whose values cannot be known. */
    files: patternOf(valued.filter(({ isFile }) => isFile)),
    free: patternOf(valued.filter(({ isFile, words }) => !isFile && words.length === 0)),
  })
}

function commandView({ name, summary, options }: CommandView) {
  return {
    name,
    summary,
    /** What it takes besides options. */
    operands: name === 'completion' ? SHELLS.join(' ') : '',
    takesFiles: name === 'diff' || name === 'inject',
    flags: options.map(({ flag }) => flag).join(' '),
    options: options.map((option) => ({
      ...option,
      command: name,
      long: option.flag.replace('--', ''),
      words: option.words.join(' '),
      inZsh: zshSpec(option),
      inFish: option.summary.replace(/[\\']/g, '\\$&'),
    })),
  }
}

function patternOf(options: OptionView[]): string {
  const flags = options.flatMap(({ flag, short }) => [flag, ...(short ? [`-${short}`] : [])])
  return [...new Set(flags)].map((flag) => `*:${flag}`).join(' | ')
}

/** An option as `_arguments` of zsh takes it, its letter too, in single quotes. */
function zshSpec({ flag, short, summary, placeholder, words, isFile, isList }: OptionView): string {
  const other = isList ? '{compset -P "*@" && _files}' : ' '
  const action = isFile ? '_files' : words.length > 0 ? `(${words.join(' ')})` : other
  const value = placeholder === '' ? '' : `:${placeholder.replaceAll(':', '\\:')}:${action}`
  return [`${flag}${value && '='}`, ...(short ? [`-${short}`] : [])]
    .map((each) => `*${each}[${summary.replace(/[[\]:]/g, '\\$&')}]${value}`)
    .map((spec) => `'${spec.replaceAll("'", "'\\''")}'`)
    .join(' ')
}
