import { ParseError } from './parse'
import type { Wanted } from './ruleset'

const COMMAND = /(-[46] )?(?:iptables -t nat )?-([NA]) (\S+)(?: (.*))?(?:\n|$)/y

/** Rule lines (`-N CHAIN`, `-A CHAIN …`), with or without the `iptables -t nat` of the documentation in front. */
export function parseRules(text: string): Wanted {
  const wanted: Wanted = { chains: [], rules: [], inFront: [] }
  let chain = ''
  COMMAND.lastIndex = 0
  for (let line = 1; COMMAND.lastIndex < text.length; line++) {
    const [, only = '', command, name, spec = ''] = COMMAND.exec(text) ?? []
    if (!name) throw new ParseError('neither a chain nor a rule', line)
    // One string for the rules of a chain, however many they are.
    if (name !== chain) chain = name
    if (command === 'N') wanted.chains.push(chain)
    else wanted.rules.push({ chain, spec, only })
  }
  return wanted
}
