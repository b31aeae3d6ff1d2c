import type { Diagnostics } from '../diagnostics/diagnostics'
import type { Accounts } from '../system/accounts'
import { reasonOf } from '../system/text'
import type { OptionInput } from './input'

/** Where the names in options are looked up, and the files of lists read. */
export interface Lookup {
  accounts: Accounts
  /** Gives the text of a file. Throws the system's error. */
  readText(path: string): string
}

/**
 * The items of a list option: repeated options add up, spaces and line ends around items are fine, and so is a comma behind the
 * last one, as templates write it. An option without text means none.
 *
 * `@FILE` stands for the items in a file, on lines or between commas, with `#` comments: an argument holds 128 KiB at most.
 * A missing item between commas is a fault, and so is a file that cannot be read.
 */
export function readItems({ name, values }: OptionInput, lookup: Lookup, diagnostics: Diagnostics): string[] {
  let items: string[] = []
  for (const value of values.filter((each) => each.trim() !== ''))
    for (const each of value.trim().replace(/,$/, '').split(',')) {
      const item = each.trim()
      if (item === '') diagnostics.error(name, value, 'has an empty item between commas')
      else if (!item.startsWith('@')) items.push(item)
      else items = items.concat(readFile(name, item, lookup, diagnostics))
    }
  return items
}

function readFile(name: string, item: string, { readText }: Lookup, diagnostics: Diagnostics): string[] {
  try {
    const text = readText(item.slice(1)).replace(/#.*/g, '')
    return text.match(/[^\s,]+/g) ?? []
  } catch (error) {
    diagnostics.error(name, item, `cannot be read: ${reasonOf(error)}`)
    return []
  }
}

/** Words between commas, each without the spaces around it. */
export const readNames = ({ values }: OptionInput): string[] =>
  values.flatMap((value) => value.split(',').map((each) => each.trim())).filter(Boolean)

/** A name as the kernel allows it, 15 characters at most; `+` at its end stands for any rest. */
const INTERFACE = /^[\w.@:-]{1,15}$|^[\w.@:-]{1,14}\+$/

/** The interfaces of a list option, in the order given and each once. */
export function readInterfaces(given: OptionInput, lookup: Lookup, diagnostics: Diagnostics): string[] {
  const names = new Set<string>()
  for (const item of readItems(given, lookup, diagnostics)) {
    if (!INTERFACE.test(item) || item.startsWith('-'))
      diagnostics.error(given.name, item, 'is not an interface name', 'Use at most 15 characters, as in eth0 or eth+')
    else if (names.has(item)) diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    else names.add(item)
  }
  return [...names]
}
