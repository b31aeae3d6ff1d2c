import type { Diagnostics } from '../diagnostics/diagnostics'
import type { OptionInput } from '../options/input'
import { type ReadText, readItems } from './lists'

/** A name as the kernel allows it, 15 characters at most; `+` at its end stands for any rest. */
const INTERFACE = /^[\w.@:-]{1,15}$|^[\w.@:-]{1,14}\+$/

/** The interfaces of a list option, in the order given and each once. */
export function readInterfaces(given: OptionInput, readText: ReadText, diagnostics: Diagnostics): string[] {
  const names = new Set<string>()
  for (const item of readItems(given, readText, diagnostics)) {
    if (!INTERFACE.test(item) || item.startsWith('-'))
      diagnostics.error(given.name, item, 'is not an interface name', 'Use at most 15 characters, as in eth0 or eth+')
    else if (names.has(item)) diagnostics.warn('duplicate', `${given.name} lists ${item} more than once`)
    else names.add(item)
  }
  return [...names]
}
