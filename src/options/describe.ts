import { flagOf } from './input'
import { type CommandName, choicesOf, FORMATS, OPTIONS, type Option, type OptionName } from './table'

/** An option and what stands for its value: `-o, --output FILE`. */
export function usageOf(name: OptionName): string {
  const { short, placeholder }: Option = OPTIONS[name]
  return `${short ? `${short}, ` : ''}${flagOf(name)}${placeholder ? ` ${placeholder}` : ''}`
}

/** What an option means to a command, and its default; for the format with its words, the first of which is the default. */
export function meaningOf(name: OptionName, command: CommandName): { meaning: string; default: string } {
  const { description, default: byDefault, without = '' }: Option = OPTIONS[name]
  if (name !== 'format') return { meaning: description, default: byDefault ?? without }
  const words = choicesOf(name, command) as (keyof typeof FORMATS)[]
  const each = words.map((word) => `${word} (${FORMATS[word]})`)
  return { meaning: `${description}: ${each.join(', ')}`, default: words[0] ?? '' }
}

/** What an option means, in a few words. */
export const briefOf = (name: OptionName) =>
  OPTIONS[name].description.replace(/^with [^:]*: /, '').split(/[;:] /)[0] as string
