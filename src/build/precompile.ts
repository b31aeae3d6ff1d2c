import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'

/**
 * A template as the source of a CommonJS module that exports its render function, so that a start compiles nothing.
 *
 * Nothing is escaped (rules are not HTML), a missing field throws, and only Handlebars' own helpers exist.
 */
export function precompile(file: string): string {
  const options = { noEscape: true, strict: true, knownHelpersOnly: true, srcName: file }
  const { code } = Handlebars.precompile(readFileSync(file, 'utf8'), options) as unknown as { code: string }
  return `module.exports = require('handlebars/runtime').template(${code})`
}
